-- Accepts lua: open(conf) from main; login(uid, secret) -> subid and kick(uid, subid) from the login server.
-- Its clients speak the protocol of snax.msgserver; each request is answered by the request handler below.

local skynet = require "skynet"
local msgserver = require "snax.msgserver"

local login = tonumber(...) -- the address of the login server
local server
local last_subid = 0

local conf = {}

function conf.register_handler(name)
	server = name
	skynet.call(login, "lua", "register_gate", server, skynet.self())
end

-- One user may log in again and again; the subid tells the logins apart.
function conf.login_handler(uid, secret)
	last_subid = last_subid + 1
	msgserver.login(msgserver.username(uid, last_subid, server), secret)
	return last_subid
end

function conf.logout_handler(uid, subid)
	msgserver.logout(msgserver.username(uid, subid, server))
	skynet.call(login, "lua", "logged_out", uid)
end

function conf.kick_handler(uid, subid)
	msgserver.logout(msgserver.username(uid, subid, server))
end

-- A user who loses the connection stays logged in, and may come back with a larger index.
function conf.disconnect_handler(username)
	skynet.error("disconnected : " .. msgserver.userid(username))
end

function conf.request_handler(username, content)
	local uid = msgserver.userid(username)
	return uid .. " said " .. content
end

msgserver.start(conf)
