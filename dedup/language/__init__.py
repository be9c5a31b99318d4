"""What the words of news do: how often they occur, in which company, of which class, and what may stand for them."""
