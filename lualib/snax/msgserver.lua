-- A gate for users who have logged in: each request has a session, and its response is kept, so that a client may
-- lose its connection, come back, and ask again without the request being executed twice.

local skynet = require "skynet"
local crypt = require "skynet.crypt"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local gateserver = require "snax.gateserver"

local encode = crypt.base64encode
local decode = crypt.base64decode

local EXPIRED_NUMBER = 128
local LARGEST_RESPONSE = 0xffff - 5 -- a flag and a session go with it in one packet

-- Nothing but the name: request handlers pass on what clients sent, with `rawcall`, `rawsend` and `redirect`.
skynet.register_protocol {
	name = "client",
	id = skynet.PTYPE_CLIENT,
}

---@class snax.msgserver.conf
---@field login_handler fun(uid: any, secret: string): any answers the lua command `login`
---@field logout_handler fun(uid: any, subid: any): any answers the lua command `logout`
---@field kick_handler fun(uid: any, subid: any): any answers the lua command `kick`
---@field request_handler fun(username: string, content: string): string?
---@field register_handler fun(servername: string): any called by `open`
---@field disconnect_handler? fun(username: string)
---@field expired_number? integer responses older than this many may be forgotten; default 128

-- A response in the making has neither bytes nor a version. One that was returned has no fd.
---@class snax.msgserver.response
---@field fd integer? where to return it
---@field bytes string?
---@field version number? of the login it was last asked for on
---@field index integer?

---@class snax.msgserver.user
---@field username string
---@field secret string
---@field version number the index of the last handshake
---@field index integer counts responses
---@field responses table<integer, snax.msgserver.response>
---@field fd integer?
---@field ip string?

local msgserver = {}

local users = {} ---@type table<string, snax.msgserver.user>
local connections = {} ---@type table<integer, snax.msgserver.user>
local handshaking = {} -- fd -> address, until the handshake

---@param username string
---@return string uid
---@return string subid
---@return string server
function msgserver.userid(username)
	local uid, server, subid = username:match "^([^@]*)@([^#]*)#(.*)$"
	return decode(uid), decode(subid), decode(server)
end

---@param uid any
---@param subid any
---@param server string
---@return string username
function msgserver.username(uid, subid, server)
	return ("%s@%s#%s"):format(encode(uid), encode(server), encode(tostring(subid)))
end

---Admits a user, who may then begin the handshake.
---@param username string
---@param secret string
function msgserver.login(username, secret)
	assert(users[username] == nil)
	users[username] = {
		username = username,
		secret = secret,
		version = 0,
		index = 0,
		responses = {},
	}
end

---Forgets a user and closes the connection.
---@param username string
function msgserver.logout(username)
	local user = assert(users[username], "unknown user")
	users[username] = nil
	local fd = user.fd
	if fd and connections[fd] then
		connections[fd] = nil
		gateserver.closeclient(fd)
	end
end

---@param username string
---@return string? address while connected
function msgserver.ip(username)
	local user = users[username]
	return user and user.ip
end

-- Returns the user, or nothing and the line that refuses.
local function check_handshake(packet)
	local username, index_text, mac = packet:match "([^:]*):([^:]*):([^:]*)"
	local user = users[username or ""]
	if not user then
		return nil, "404 User Not Found"
	end
	local index = assert(tonumber(index_text))
	mac = decode(mac)
	if index <= user.version then
		return nil, "403 Index Expired"
	end
	local text = username .. ":" .. index_text
	if mac ~= crypt.hmac_hash(user.secret, text) then
		return nil, "401 Unauthorized"
	end
	user.version = index
	return user
end

local function handshake(fd, packet)
	local address = handshaking[fd]
	handshaking[fd] = nil
	local ok, user, refusal = pcall(check_handshake, packet)
	if not ok then
		skynet.error(user)
		user, refusal = nil, "400 Bad Request"
	end
	driver.send(fd, netpack.pack(refusal or "200 OK"))
	if not user then
		gateserver.closeclient(fd)
		return
	end
	user.fd = fd
	user.ip = address
	connections[fd] = user
end

-- Numbers the responses anew, and forgets those that are old and were returned.
local function retire(user, expired_number)
	if user.index < expired_number * 2 then
		return
	end
	local highest = 0
	for session, response in pairs(user.responses) do
		if response.fd == nil then
			if response.index < expired_number then
				user.responses[session] = nil
			else
				response.index = response.index - expired_number
				highest = math.max(highest, response.index)
			end
		end
	end
	user.index = highest + 1
end

-- Returns the response that was asked for before, and whether there is nothing more to do about it now.
local function recall(user, session, fd)
	local response = user.responses[session]
	if not response then
		return nil
	end
	if response.version == user.version then
		if not response.bytes then
			local conflict = "Conflict session " .. crypt.hexencode(tostring(session))
			skynet.error(conflict)
			error(conflict)
		end
		-- Answered on this very login: the client has come round to using the session again.
		user.responses[session] = nil
		return nil
	end
	response.fd = fd
	response.version = user.version
	return response, response.bytes == nil
end

-- A result that is no text raises, which costs the client its connection; a repeated request is executed anew then.
local function execute(conf, user, session, content, response)
	local ok, result = pcall(conf.request_handler, user.username, content)
	if ok and type(result) == "string" and #result > LARGEST_RESPONSE then
		ok, result = false, "Response is too long"
	end
	if not ok then
		skynet.error(result)
		result = ""
	elseif result and type(result) ~= "string" and type(result) ~= "number" then
		user.responses[session] = nil
		error("a request handler returns text, got " .. type(result))
	end
	response.bytes = string.pack(">s2", (result or "") .. string.pack(">BI4", ok and 1 or 0, session))
	response.version = user.version
	response.index = user.index
end

local function handle_request(conf, fd, user, packet)
	local session = string.unpack(">I4", packet, -4)
	local response, pending = recall(user, session, fd)
	if pending then
		return
	end
	if not response then
		response = { fd = fd }
		user.responses[session] = response
		execute(conf, user, session, packet:sub(1, -5), response)
	end
	user.index = user.index + 1
	-- While the handler ran, the client may have come back on another connection.
	if connections[response.fd] then
		driver.send(response.fd, response.bytes)
	end
	response.fd = nil
	retire(user, conf.expired_number or EXPIRED_NUMBER)
end

local function take_request(conf, fd, packet)
	local user = assert(connections[fd], "invalid fd")
	local ok, why = pcall(handle_request, conf, fd, user, packet)
	if not ok then
		skynet.error(("Invalid package %s : %s"):format(why, packet))
		gateserver.closeclient(fd)
	end
end

local function disconnect(conf, fd)
	handshaking[fd] = nil
	local user = connections[fd]
	if user then
		if conf.disconnect_handler then
			conf.disconnect_handler(user.username)
		end
		connections[fd] = nil
		if user.fd == fd then
			user.fd = nil
			user.ip = nil
		end
	end
	gateserver.closeclient(fd)
end

local function make_handler(conf)
	local handler = {}
	local COMMAND = {
		login = assert(conf.login_handler),
		logout = assert(conf.logout_handler),
		kick = assert(conf.kick_handler),
	}
	assert(conf.request_handler)

	function handler.command(cmd, _, ...)
		local command = assert(COMMAND[cmd], "unknown command")
		return command(...)
	end

	function handler.open(_, gate)
		local servername = assert(gate.servername)
		return conf.register_handler(servername)
	end

	function handler.connect(fd, address)
		handshaking[fd] = address
		gateserver.openclient(fd)
	end

	function handler.disconnect(fd)
		disconnect(conf, fd)
	end

	handler.error = handler.disconnect

	function handler.message(fd, msg, sz)
		local packet = netpack.tostring(msg, sz)
		if handshaking[fd] then
			handshake(fd, packet)
		else
			take_request(conf, fd, packet)
		end
	end

	return handler
end

---Makes this service a gate for users. It opens its port when it gets the lua command `open`.
---@param conf snax.msgserver.conf
function msgserver.start(conf)
	gateserver.start(make_handler(conf))
end

return msgserver
