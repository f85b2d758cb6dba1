"""The paper again: each table and figure, what is trained for it, printed beside measured."""
