"""Operations of several states: the board, tasks, packages, results, papers."""
