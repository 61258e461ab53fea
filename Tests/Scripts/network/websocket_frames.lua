-- Frames and handshakes made of bytes, for the tests of http.websocket: what a peer sends that keeps no rule.

local socket = require "skynet.socket"
local crypt = require "skynet.crypt"

local frames = {}

local KEY = "\xa1\x02\xff\x80" -- what clients mask with here

local LENGTH = { [0] = "B", [2] = "BI2", [8] = "BI8" }
local MARK = { [0] = 0, [2] = 126, [8] = 127 }

local function least_size(length)
	return length < 126 and 0 or length <= 0xffff and 2 or 8
end

---@class test.frame
---@field more? boolean other fragments follow
---@field bare? boolean without a mask
---@field key? string
---@field reserved? integer 1 to 7
---@field length? integer that is announced
---@field size? integer bytes of the length, behind the first: 0, 2 or 8

---@param opcode integer
---@param payload? string
---@param options? test.frame
---@return string bytes
function frames.make(opcode, payload, options)
	payload, options = payload or "", options or {}
	local key = not options.bare and (options.key or KEY)
	local length = options.length or #payload
	local size = options.size or least_size(length)
	local first = (options.more and 0 or 0x80) | (options.reserved or 0) << 4 | opcode
	local mark, masked = MARK[size], key and 0x80 or 0
	local head = size == 0 and string.pack("BB", first, masked | length)
		or string.pack(">B" .. LENGTH[size], first, masked | mark, length)
	if not key then
		return head .. payload
	end
	return head .. key .. (payload == "" and "" or crypt.xor_str(payload, key))
end

---The payload of a close frame.
---@param code integer
---@param reason? string
function frames.closing(code, reason)
	return string.pack(">I2", code) .. (reason or "")
end

-- What one side of a conversation says; a client masks.
local function side(bare)
	local function with(opcode)
		return function(payload, options)
			options = options or {}
			options.bare = bare or options.bare
			return frames.make(opcode, payload, options)
		end
	end
	local close = with(8)
	return {
		more = with(0), text = with(1), binary = with(2), ping = with(9), pong = with(10), raw_close = close,
		other = function(opcode, payload, options)
			return with(opcode)(payload, options)
		end,
		close = function(code, reason)
			return close(code and frames.closing(code, reason))
		end,
	}
end

frames.client = side(false)
frames.server = side(true)

---Reads one frame: its opcode, its payload, and its key when it has one.
---@param fd integer
function frames.read(fd)
	local first, second = assert(socket.read(fd, 2)):byte(1, 2)
	local length = second & 0x7f
	if length == 126 then
		length = string.unpack(">I2", socket.read(fd, 2))
	elseif length == 127 then
		length = string.unpack(">I8", socket.read(fd, 8))
	end
	local key = second & 0x80 ~= 0 and socket.read(fd, 4)
	local payload = length > 0 and assert(socket.read(fd, length)) or ""
	if key and payload ~= "" then
		payload = crypt.xor_str(payload, key)
	end
	assert(first & 0xf0 == 0x80)
	return first & 0xf, payload, key
end

local REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	.. "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

---Connects as a client and asks for the upgrade.
---@param port integer
---@return integer fd
function frames.connect(port)
	local fd = assert(socket.open("127.0.0.1", port))
	socket.write(fd, REQUEST)
	assert(socket.readline(fd, "\r\n\r\n"):find "^HTTP/1.1 101")
	return fd
end

---Answers the upgrade as a server, with frames right behind.
---@param fd integer
---@param bytes string
function frames.accept(fd, bytes)
	local key = socket.readline(fd, "\r\n\r\n"):match "Sec%-WebSocket%-Key:%s*([%w+/=]+)"
	local proof = crypt.base64encode(crypt.sha1(key .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	socket.write(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		.. "Sec-WebSocket-Accept: " .. proof .. "\r\n\r\n" .. bytes)
end

---Texts at the borders of what UTF-8 can say.
frames.TEXTS = {
	"κόσμε", "\0", "\u{80}", "\u{800}", "\u{10000}", "\u{7f}", "\u{7ff}", "\u{ffff}", "\u{10ffff}", "\u{d7ff}",
	"\u{e000}", "\u{fffd}", "\u{fffe}", "\u{1fffe}", "\u{effff}", "Hello-µ@ßöäüàá-UTF-8!!",
}

---What is no text.
frames.NO_TEXTS = {
	"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xf7\xbf\xbf\xbf", "\xf4\x90\x80\x80", "\x80", "\xbf",
	"\x80\xbf\x80", "\xc0\x20", "\xe0\x20", "\xf0\x20", "\xc0", "\xe0\x80", "\xf0\x80\x80", "\xdf", "\xef\xbf", "\xfe",
	"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
	"\xed\xa0\x80", "\xed\xbf\xbf", "\xce\xba\xed\xa0\x80\x65", "\xf1\x80\x80", "\xf5\x80\x80\x80",
}

return frames
