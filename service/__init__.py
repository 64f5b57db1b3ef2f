"""What can be asked of an office, and how it is answered: the one door, whichever way a request comes in."""
