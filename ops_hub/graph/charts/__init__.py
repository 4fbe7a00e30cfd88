"""Link charts: what is drawn (model), where (layout, folding), how it looks (looks), and one writer a format."""
