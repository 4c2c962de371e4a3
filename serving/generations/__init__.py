"""Which generation of tables serves: following what operators say, and changing over without a gap."""
