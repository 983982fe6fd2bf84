"""Many machines on one: the programs of deploy/cluster are started, shown, and broken one after the other."""
