"""What people ask of the centre, one function each; screens and the JSON API call the same ones."""
