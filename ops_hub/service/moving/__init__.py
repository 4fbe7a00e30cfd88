"""Travel as a whole: manifests, carriers, trends."""
