"""How a number is defined: formulas to plans, plans and facts to tables of values."""
