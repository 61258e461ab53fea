-- A client of the login example, which needs no node:
--
--   swiftgate script examples/login/client.lua [host [login port [game port]]]

local socket = require "client.socket"
local crypt = require "client.crypt"

local host, login_port, game_port = ...
host = host or "127.0.0.1"
login_port = tonumber(login_port) or 8001
game_port = tonumber(game_port) or 8888

local USER, PASSWORD, SERVER = "hello", "password", "sample"
local b64, unb64 = crypt.base64encode, crypt.base64decode

-- A socket hands out bytes as they come; `take` cuts a message off the front, or returns nothing yet.
local function reader(fd, take)
	local pending = ""
	return function()
		while true do
			local message, behind = take(pending)
			if message then
				pending = pending:sub(behind)
				return message
			end
			local bytes = socket.recv(fd)
			if bytes == "" then
				error "the server has closed the connection"
			elseif bytes then
				pending = pending .. bytes
			else
				socket.usleep(1000)
			end
		end
	end
end

local function take_line(pending)
	return pending:match "^([^\n]*)\n()"
end

local function take_packet(pending)
	if #pending >= 2 and #pending >= 2 + string.unpack(">I2", pending) then
		return string.unpack(">s2", pending)
	end
end

-- The password travels under a secret that only the two ends can know.
local function log_in()
	local fd = socket.connect(host, login_port)
	local read_line = reader(fd, take_line)
	local function write_line(bytes)
		socket.send(fd, b64(bytes) .. "\n")
	end

	local challenge = unb64(read_line())
	local key = crypt.randomkey()
	write_line(crypt.dhexchange(key))
	local secret = crypt.dhsecret(unb64(read_line()), key)
	write_line(crypt.hmac64(challenge, secret))
	local token = ("%s@%s:%s"):format(b64(USER), b64(SERVER), b64(PASSWORD))
	write_line(crypt.desencode(secret, token))

	local result = read_line()
	socket.close(fd)
	local subid = result:match "^200 (.*)$"
	assert(subid, "login failed: " .. result)
	return secret, unb64(subid)
end

-- Each handshake needs a larger index than the one before, so that nobody can repeat an old one.
local function enter(secret, subid, index)
	local fd = socket.connect(host, game_port)
	local read_packet = reader(fd, take_packet)
	local username = ("%s@%s#%s"):format(b64(USER), b64(SERVER), b64(subid))
	local claim = username .. ":" .. index
	local proof = crypt.hmac64(crypt.hashkey(claim), secret)
	socket.send(fd, string.pack(">s2", claim .. ":" .. b64(proof)))
	local result = read_packet()
	assert(result:match "^200", "handshake failed: " .. result)
	return fd, read_packet
end

local function send_request(fd, content, session)
	socket.send(fd, string.pack(">s2", content .. string.pack(">I4", session)))
end

local function read_response(read_packet)
	local packet = read_packet()
	local ok, session = string.unpack(">BI4", packet, -5)
	assert(ok == 1, "request " .. session .. " failed")
	return packet:sub(1, -6), session
end

local secret, subid = log_in()
print("logged in, subid " .. subid)

local fd, read_packet = enter(secret, subid, 1)
send_request(fd, "echo", 1)
print(read_response(read_packet))
send_request(fd, "lost", 2)
socket.close(fd)

-- The connection went before the answer came. Back again, the same session gets it, however often it is asked for.
fd, read_packet = enter(secret, subid, 2)
send_request(fd, "lost", 2)
print(read_response(read_packet))
socket.close(fd)
