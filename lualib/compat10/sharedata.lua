-- The old name of `skynet.sharedata`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.sharedata"
