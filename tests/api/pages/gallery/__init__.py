"""Every page in every state: held against the rules of accessibility, and drawn for people to look at."""
