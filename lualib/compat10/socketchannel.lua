-- The old name of `skynet.socketchannel`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.socketchannel"
