"""desk/: the walk of an officer through the rooms: hits become cases, actions become events, readers get their views."""
