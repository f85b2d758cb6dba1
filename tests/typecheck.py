"""The type checker that runs behind every signature of the package under test."""

from beartype import BeartypeConf, beartype

# an int may stand for a float, as everywhere else in Python
check = beartype(conf=BeartypeConf(is_pep484_tower=True))
