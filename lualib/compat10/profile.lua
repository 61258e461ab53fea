-- The old name of `skynet.profile`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.profile"
