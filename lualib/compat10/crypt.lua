-- The old name of `skynet.crypt`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.crypt"
