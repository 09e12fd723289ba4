"""What a number means: goals and their status, objectives, people's matrices and bonus, gathered in a scorecard."""
