"""Files as people export them, one defect each, with the reading or the finding that is right."""
