-- The old name of `skynet.dns`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.dns"
