"""What is reported: accuracy, calibration, effect and localization, every image counted once."""
