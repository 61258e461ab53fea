-- Accepts lua: register_gate(server, address) from a gate; logged_out(uid) from a gate.
-- Its clients speak the login protocol of snax.loginserver.

local skynet = require "skynet"
local crypt = require "skynet.crypt"
local login = require "snax.loginserver"

local gates = {} -- server name -> address of its gate
local playing = {} -- uid -> { gate =, subid = }

local conf = {
	host = skynet.getenv "address",
	port = skynet.getenv "login_port",
	instance = 2,
	multilogin = false,
}

-- Runs in a slave. The token is ours to define: base64(user)@base64(server):base64(password).
function conf.auth_handler(token)
	local user, server, password = token:match "^([^@]+)@([^:]+):(.+)$"
	user = crypt.base64decode(user)
	server = crypt.base64decode(server)
	password = crypt.base64decode(password)
	assert(password == "password", "Invalid password")
	return server, user
end

-- Runs in the master. A user who plays already is sent away first.
function conf.login_handler(server, uid, secret)
	local gate = assert(gates[server], "Unknown server")
	local before = playing[uid]
	if before then
		skynet.call(before.gate, "lua", "kick", uid, before.subid)
	end
	local subid = skynet.call(gate, "lua", "login", uid, secret)
	playing[uid] = { gate = gate, subid = subid }
	return subid
end

local CMD = {}

function CMD.register_gate(server, address)
	gates[server] = address
end

function CMD.logged_out(uid)
	playing[uid] = nil
end

function conf.command_handler(command, ...)
	local handler = assert(CMD[command], "unknown command")
	return handler(...)
end

login(conf)
