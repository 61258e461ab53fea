-- Found only because the service that requires it owns this directory.
return "inner"
