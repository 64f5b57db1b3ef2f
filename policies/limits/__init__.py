"""Time, pure: which periods are limited, when they are due, who used the days, when somebody is reminded."""
