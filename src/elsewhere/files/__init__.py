"""Files of others: read without running what they hold, and never larger than they are."""
