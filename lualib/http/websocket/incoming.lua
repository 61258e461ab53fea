-- What a peer sends over a WebSocket: frames are checked as they come, and become messages. What is wrong is raised as
-- soon as it shows, and `violation` then says with which code the connection ends.

local crypt = require "skynet.crypt"
local frame = require "http.websocket.frame"
local pieces = require "http.websocket.pieces"
local text = require "http.websocket.text"

local KIND = frame.KIND
local LONGEST_CONTROL = frame.LONGEST_CONTROL

local FINAL <const> = 0x80
local RESERVED <const> = 0x70
local CONTROL <const> = 0x8
local MASKED <const> = 0x80

local PROTOCOL_ERROR <const> = 1002
local NOT_TEXT <const> = 1007
local TOO_LARGE <const> = 1009

---@class http.websocket.incoming
---@field violation integer? the code of the close frame that the peer is owed, once it has broken a rule
---@field private read fun(n?: integer): string
---@field private rules http.websocket.rules
---@field private data string received, and not looked at before `at`
---@field private at integer
---@field private message table? the message whose last fragment has not come
local incoming = {}
incoming.__index = incoming

---@param read fun(n?: integer): string raises at the end
---@param rules http.websocket.rules
---@return http.websocket.incoming
function incoming.new(read, rules)
	return setmetatable({ read = read, rules = rules, data = "", at = 1 }, incoming)
end

---What was received behind the handshake comes before anything else.
---@param data? string
function incoming:put_back(data)
	self.data, self.at = data or "", 1
end

local function fail(self, code, why)
	self.violation = code
	error(why, 0)
end

local function check(self, is_right, why)
	if not is_right then
		fail(self, PROTOCOL_ERROR, why)
	end
end

-- Takes up to so many of the bytes that are there, and keeps none that are not needed.
local function take(self, size)
	local at = self.at
	local piece = self.data:sub(at, at + size - 1)
	self.at = at + #piece
	if self.at > #self.data then
		self.data, self.at = "", 1
	end
	return piece
end

-- Waits until all of so many bytes are there, which are few.
local function exactly(self, size)
	while #self.data - self.at + 1 < size do
		self.data, self.at = self.data:sub(self.at) .. self.read(), 1
	end
	return take(self, size)
end

-- Takes what is there of so many bytes, and waits only when nothing is.
local function up_to(self, size)
	while self.data == "" do
		self.data = self.read()
	end
	return take(self, size)
end

-- Lengths that take more bytes than they need are wrong, and negative ones.
local LENGTH = {
	[126] = { size = 2, format = ">I2", least = 126 },
	[127] = { size = 8, format = ">i8", least = 65536 },
}

local function read_length(self, short)
	local long = LENGTH[short]
	if not long then
		return short
	end
	local length = string.unpack(long.format, exactly(self, long.size))
	check(self, length >= long.least, "payload_len is not minimal")
	return length
end

local function check_start(self, kind, is_final, short)
	if kind == "text" or kind == "binary" then
		check(self, not self.message, "a fragmented message is not finished")
	elseif kind == "continue" then
		check(self, self.message, "there is nothing to continue")
	else
		check(self, is_final and short <= LONGEST_CONTROL, "control frame is fragmented or too long")
	end
end

-- Reads up to the payload.
local function read_header(self)
	local first, second = exactly(self, 2):byte(1, 2)
	local kind = KIND[first & 0xf]
	check(self, kind, "unknown opcode")
	check(self, first & RESERVED == 0, "reserved bits are set")
	local is_masked, mask = second & MASKED ~= 0, self.rules.mask
	check(self, mask == "any" or mask == is_masked, is_masked and "frame is masked" or "frame is not masked")
	local is_final, short = first & FINAL ~= 0, second & 0x7f
	check_start(self, kind, is_final, short)
	local size = read_length(self, short)
	if first & CONTROL == 0 and size > self.rules.limit - (self.message and self.message.size or 0) then
		fail(self, TOO_LARGE, "payload_len is too large")
	end
	return kind, is_final, size, is_masked and exactly(self, 4)
end

-- Takes the key off bytes that stand so far behind the beginning of the payload.
local function unmask(piece, key, offset)
	if not key then
		return piece
	end
	local turn = offset & 3
	return crypt.xor_str(piece, turn == 0 and key or key:sub(turn + 1) .. key:sub(1, turn))
end

local function read_text(self, held, piece)
	return text.continue(held, piece) or fail(self, NOT_TEXT, "text is not UTF-8")
end

-- Adds the payload of a frame to a message.
local function read_into(self, message, size, key)
	local got = 0
	while got < size do
		local piece = unmask(up_to(self, size - got), key, got)
		got = got + #piece
		if message.kind == "text" and self.rules.checks_text then
			message.held = read_text(self, message.held, piece)
		end
		pieces.add(message.pieces, piece)
	end
	message.size = message.size + size
end

local function read_control(self, size, key)
	return size == 0 and "" or unmask(exactly(self, size), key, 0)
end

local function check_close(self, payload)
	if payload == "" then
		return
	end
	check(self, #payload >= 2 and frame.is_close_code((string.unpack(">I2", payload))), "close code is invalid")
	if not utf8.len(payload, 3) then
		fail(self, NOT_TEXT, "close reason is not UTF-8")
	end
end

local CONTROL_CHECK = {
	close = check_close,
	ping = function() end,
	pong = function() end,
}

-- Whether nothing is to be gained from pieces: the whole message is there.
local function is_whole(self, is_final, size)
	return is_final and not self.message and #self.data - self.at + 1 >= size
end

local function read_whole(self, kind, size, key)
	local payload = size == 0 and "" or unmask(up_to(self, size), key, 0)
	if kind == "text" and self.rules.checks_text and not utf8.len(payload) then
		fail(self, NOT_TEXT, "text is not UTF-8")
	end
	return kind, payload
end

---Waits for the next message, or for a control frame, which may come between the fragments of one.
---@return "text"|"binary"|"close"|"ping"|"pong" kind
---@return string payload
function incoming:next()
	while true do
		local kind, is_final, size, key = read_header(self)
		local check_control = CONTROL_CHECK[kind]
		if check_control then
			local payload = read_control(self, size, key)
			check_control(self, payload)
			return kind, payload
		elseif is_whole(self, is_final, size) then
			return read_whole(self, kind, size, key)
		end
		local message = self.message or { kind = kind, size = 0, held = "", pieces = pieces.new() }
		self.message = message
		read_into(self, message, size, key)
		if is_final then
			if message.held ~= "" then
				fail(self, NOT_TEXT, "text is not UTF-8")
			end
			self.message = nil
			return message.kind, pieces.join(message.pieces)
		end
	end
end

return incoming
