-- A login server: a master that listens, and slaves that exchange keys and check tokens. Lines of text, base64.
-- The master answers, and keeps two logins of one user apart.

local skynet = require "skynet"
require "skynet.manager"
local crypt = require "skynet.crypt"
local socket = require "skynet.socket"

local LONGEST = 8192 -- bytes that a client may send ahead

---@class snax.loginserver.conf
---@field host? string default `0.0.0.0`
---@field port integer|string
---@field name? string the master is registered as `.name`; default `login`
---@field instance? integer number of slaves, default 8
---@field multilogin? boolean whether two logins of one user may be in progress
---@field auth_handler fun(token: string): string, string server, uid; runs in a slave; raises to refuse
---@field login_handler fun(server: string, uid: string, secret: string): any subid; runs in the master
---@field command_handler? fun(cmd: any, ...): ... answers lua messages to the master

-- What a slave reports to its master.
local ACCEPTED, REFUSED, GONE = "accepted", "refused", "gone"

local client_gone = setmetatable({}, {
	__tostring = function()
		return "client is gone"
	end,
})

local function read_line(fd)
	local line = socket.readline(fd)
	if not line then
		skynet.error(("auth failed: socket (fd = %d) closed"):format(fd))
		error(client_gone)
	end
	return crypt.base64decode(line)
end

local function write_line(fd, bytes)
	socket.write(fd, crypt.base64encode(bytes) .. "\n")
end

local function exchange_keys(fd)
	local challenge = crypt.randomkey()
	write_line(fd, challenge)
	local client_key = read_line(fd)
	assert(#client_key == 8, "Invalid client key")
	local server_key = crypt.randomkey()
	write_line(fd, crypt.dhexchange(server_key))
	local secret = crypt.dhsecret(client_key, server_key)
	-- Whoever cannot prove the secret gets no token read.
	assert(read_line(fd) == crypt.hmac64(challenge, secret), "challenge failed")
	return secret
end

local function check_client(conf, fd)
	local secret = exchange_keys(fd)
	local token = crypt.desdecode(secret, read_line(fd))
	local server, uid = conf.auth_handler(token)
	return server, uid, secret
end

local function examine(conf, fd, address)
	skynet.error(("connect from %s (fd = %d)"):format(address, fd))
	if not socket.start(fd) then
		return GONE
	end
	socket.limit(fd, LONGEST)
	local ok, server, uid, secret = pcall(check_client, conf, fd)
	if socket.disconnected(fd) then
		socket.close(fd)
	else
		-- The master writes the result; when the client then closes, the unknown id is freed.
		socket.abandon(fd)
	end
	if ok then
		return ACCEPTED, server, uid, secret
	elseif server == client_gone then
		return GONE
	end
	return REFUSED, tostring(server)
end

local function run_slave(conf)
	skynet.dispatch("lua", function(_, _, fd, address)
		skynet.retpack(examine(conf, fd, address))
	end)
end

local logging_in = {} -- uid -> true, while its login_handler runs

local function log_failure(fd, why)
	skynet.error(("invalid client (fd = %d) error = %s"):format(fd, why))
end

local function log_in(conf, server, uid, secret)
	if not conf.multilogin then
		if logging_in[uid] then
			return "406 Not Acceptable", "User " .. tostring(uid) .. " is already logging in"
		end
		logging_in[uid] = true
	end
	local ok, subid = pcall(conf.login_handler, server, uid, secret)
	logging_in[uid] = nil
	if not ok then
		return "403 Forbidden", subid
	end
	return "200 " .. crypt.base64encode(subid or "")
end

local VERDICT = {}

VERDICT[ACCEPTED] = log_in

VERDICT[REFUSED] = function(_, why)
	return "401 Unauthorized", why
end

VERDICT[GONE] = function() end

local function serve(conf, slave, fd, address)
	local function judge(verdict, ...)
		return VERDICT[verdict](conf, ...)
	end
	local line, failure = judge(skynet.call(slave, "lua", fd, address))
	if failure then
		log_failure(fd, failure)
	end
	if line then
		socket.write(fd, line .. "\n")
	end
end

local function launch_slaves(count)
	local slaves = {}
	for i = 1, count do
		slaves[i] = skynet.newservice(SERVICE_NAME)
	end
	return slaves
end

local function run_master(conf)
	local count = conf.instance or 8
	assert(count > 0)
	local host = conf.host or "0.0.0.0"
	local port = assert(tonumber(conf.port))
	skynet.dispatch("lua", function(_, _, command, ...)
		skynet.retpack(conf.command_handler(command, ...))
	end)
	local slaves = launch_slaves(count)
	local turn = 0
	local id = socket.listen(host, port)
	skynet.error(("login server listen at : %s %d"):format(host, port))
	socket.start(id, function(fd, address)
		turn = turn % count + 1
		local ok, why = pcall(serve, conf, slaves[turn], fd, address)
		if not ok then
			log_failure(fd, why)
			socket.close_fd(fd)
		end
	end)
end

---Makes this service a login server. The first instance is the master; those it launches are its slaves.
---@param conf snax.loginserver.conf
local function loginserver(conf)
	local name = "." .. (conf.name or "login")
	skynet.start(function()
		if skynet.localname(name) then
			run_slave(conf)
		else
			skynet.register(name)
			run_master(conf)
		end
	end)
end

return loginserver
