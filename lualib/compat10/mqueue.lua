-- The old name of `skynet.mqueue`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.mqueue"
