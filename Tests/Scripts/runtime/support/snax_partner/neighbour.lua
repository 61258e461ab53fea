return "module beside the script"
