"""Where numbers come from: the sources read into tables, with everything that is wrong with them said."""
