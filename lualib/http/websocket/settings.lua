-- What a connection may cost and how strict it is: by its options, else by the configuration, else by default.

local skynet = require "skynet"

local settings = {}

-- Skynet's clients read frames of any size. What comes is kept while it comes, so there is an end to that.
local SERVER_LIMIT <const> = 16 << 20
local CLIENT_LIMIT <const> = 64 << 20

---@class http.websocket.settings
---@field limit? integer bytes of a message of the peer; the key `websocket_limit` of the configuration
---@field masking? "any"|"strict" whether a peer is refused that masks as a server, or does not as a client; the key
--- `websocket_masking`. Clients of skynet do not mask unless they are told to.
---@field text? "utf8"|"any" whether a text that is not UTF-8 is refused; the key `websocket_text`. Peers that are scripts
--- of skynet may send bytes as text, which is the default of `write`.

---@class http.websocket.rules
---@field limit integer bytes of a message
---@field mask "any"|boolean whether the peer has to mask, or must not
---@field checks_text boolean

local function limit_of(options, default)
	local given = options and options.limit or skynet.getenv "websocket_limit" or default
	local limit = math.tointeger(tonumber(given))
	if not limit or limit < 1 then
		error(("limit of a WebSocket: a whole number of bytes above 0 was expected, not %s"):format(given), 0)
	end
	return limit
end

-- The first choice is the default.
local function choice(name, given, first, second)
	given = given or first
	if given ~= first and given ~= second then
		error(('%s of a WebSocket: "%s" or "%s" was expected, not %s'):format(name, first, second, given), 0)
	end
	return given
end

local function rules(options, default_limit, mask)
	local masking = choice("masking", options and options.masking or skynet.getenv "websocket_masking", "any", "strict")
	local checking = choice("text", options and options.text or skynet.getenv "websocket_text", "utf8", "any")
	return {
		limit = limit_of(options, default_limit),
		mask = masking == "any" and "any" or mask,
		checks_text = checking == "utf8",
	}
end

---@param options? http.websocket.settings
---@return http.websocket.rules
function settings.server(options)
	return rules(options, SERVER_LIMIT, true)
end

---@param options? http.websocket.settings
---@return http.websocket.rules
function settings.client(options)
	return rules(options, CLIENT_LIMIT, false)
end

return settings
