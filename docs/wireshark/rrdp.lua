-- SPDX-License-Identifier: Apache-2.0
-- RRDP for Wireshark and tshark; README.md beside this file says how to load and how to filter.
--
-- It was written from the specification and shares nothing with the library, so that each can
-- catch the other. A frame goes through three steps:
--   decode   octets to a plain table: the verdict of section 2.2, and a list of items to show;
--   follow   what the table means in its conversation: what was agreed, what is a repetition;
--   draw     both into Wireshark's tree and columns.
-- `follow` runs once a frame, in the order of the capture; its findings are kept, because Wireshark
-- dissects frames again, in any order, when somebody clicks on them.

local rrdp = Proto("rrdp", "Reduced Reliable Data Protocol")
local over_ip = Proto("rrdp_ip", "Reduced Reliable Data Protocol over IP")
local over_udp = Proto("rrdp_udp", "Reduced Reliable Data Protocol over UDP")

---------------------------------------------------------------------------------------------------
-- Names

local OPS = {"HELLO", "HELLO-REPLY", "PROBE", "CONFLICT", "BYE"}
local FEATURES = {
  {"WIDE", 0x8000}, {"CREDIT", 0x4000}, {"FIN", 0x2000}, {"CRC32C", 0x1000},
  {"COOKIE", 0x0800}, {"EMPTY", 0x0400}, {"FRAG", 0x0200}, {"TAG", 0x0100},
  {"BUNDLE", 0x0040},
}
local BIT = {SEC = 0x0080}
for _, f in ipairs(FEATURES) do BIT[f[1]] = f[2] end
local REASONS = {
  [0] = "unspecified", "refused", "no_such_connection", "protocol_error", "too_long",
  "no_resources", "aborted", "timed_out", "wrong_node", "feature_mismatch", "peer_restarted",
  "shutting_down", "retry_with_cookie",
}
local NUL_CODES = {[0] = "keepalive or probe", "FIN", "empty message"}
local TLVS = {
  [0] = "pad", "FEATURES", "NODE", "BOOT", "TIMING", "WIDE", "COOKIE", "PEER TAG", "APP",
  "MAXMSG", "TAG",
}
local TLV_WORDS = {1, 2, 2, 3, 1, false, 2, false, 2, 2}  -- false: any number
local LEGAL = {
  [0x83] = "SYN", [0xc3] = "SYN, ACK", [0x43] = "ACK", [0x63] = "ACK, EACK", [0x4b] = "NUL, ACK",
  [0x0b] = "NUL", [0x13] = "RST", [0x53] = "RST, ACK",
}

---------------------------------------------------------------------------------------------------
-- Fields. The names are those of rrdp-dump's JSON, with "rrdp." in front.

local f = {}
local function number(name, text, kind, ...)
  f[name] = ProtoField[kind]("rrdp." .. name, text, ...)
end
local function flag(name, text, mask)
  f["flag_" .. name] = ProtoField.bool("rrdp.flags." .. name, text, 8, nil, mask)
end

f.verdict = ProtoField.string("rrdp.verdict", "Verdict")
number("flags", "Flags", "uint8", base.HEX)
flag("syn", "SYN", 0x80)
flag("ack", "ACK", 0x40)
flag("eack", "EACK", 0x20)
flag("rst", "RST", 0x10)
flag("nul", "NUL", 0x08)
flag("zero", "Zero bit", 0x04)
number("version", "Version", "uint8", base.DEC, nil, 0x03)
number("header_length", "Header length in words", "uint8")
number("source_port", "Source port", "uint16")
number("destination_port", "Destination port", "uint16")
number("port", "Source or destination port", "uint16")
number("data_length", "Data length", "uint16")
number("sequence", "Sequence number", "uint32")
number("acknowledgement", "Acknowledgement number", "uint32")
number("checksum", "Checksum", "uint16", base.HEX)
number("checksum_covers", "Checksum covers", "string")
number("agreed", "Features agreed", "uint16", base.HEX)
number("words", "Words of an unknown meaning", "bytes")
number("tag", "Tag", "uint32", base.HEX)
number("sequence_high", "Sequence number, high half", "uint16", base.HEX)
number("acknowledgement_high", "Acknowledgement number, high half", "uint16", base.HEX)
number("crc32c", "CRC32C of the data", "uint32", base.HEX)
number("fragments_left", "Segments of this message still to come", "uint16")
number("bundled", "Messages in this segment", "uint16")
number("credit", "Credit: low half of the edge", "uint16")
number("eack", "Received out of order", "uint16")
number("nul_code", "NUL code", "uint16", base.DEC, NUL_CODES)
number("max_outstanding", "Max Outstanding", "uint16")
number("max_segment_size", "Max Segment Size", "uint16")
number("options", "Options", "uint16", base.HEX)
f.sequenced = ProtoField.bool("rrdp.sequenced", "SDM: ordered delivery", 16, nil, 0x8000)
f.extended = ProtoField.bool("rrdp.extended", "EXT: TLVs follow", 16, nil, 0x4000)
f.tlv = ProtoField.none("rrdp.tlv", "TLV")
number("tlv_kind", "Kind", "uint8", base.DEC, TLVS)
number("tlv_length", "Length in words", "uint8")
number("tlv_value", "Value", "bytes")
number("features", "Features offered", "uint16", base.HEX)
for _, each in ipairs(FEATURES) do
  f["feature_" .. each[1]] =
    ProtoField.bool("rrdp.features." .. each[1]:lower(), each[1], 16, nil, each[2])
end
number("source_node", "Source node", "uint16")
number("destination_node", "Destination node", "uint16")
number("boot", "Boot id", "uint32", base.HEX)
number("ack_delay_us", "Longest acknowledgement delay (us)", "uint16")
number("ack_every", "Acknowledges every", "uint16")
number("keepalive_ms", "Keepalive interval (ms)", "uint16")
number("cookie", "Cookie", "bytes")
number("peer_tag", "Tag of the peer", "uint32", base.HEX)
number("application", "Application data", "bytes")
number("max_message", "Longest message", "uint32")
number("reset_reason", "Reason", "uint16", base.DEC, REASONS, 0x00ff)
f.reset_reflected =
  ProtoField.bool("rrdp.reset_reflected", "R: the tag is reflected", 16, nil, 0x8000)
number("reset_form", "Form", "string")
number("data", "Data", "bytes")
number("padding", "Octets of padding", "uint32")
number("operation", "Operation", "uint8", base.DEC, OPS)
number("resolution", "Node resolution", "string")
number("cluster", "Cluster", "uint32", base.HEX)
number("sender_node", "Sender node", "uint16")
number("target_node", "Target node", "uint16")
number("sender_address", "Sender address", "ether")
number("sender_mtu", "Sender MTU", "uint16")
number("versions", "Versions spoken, bit by bit", "uint16", base.HEX)
f.acks = ProtoField.framenum("rrdp.acks", "Acknowledges the segment in", base.NONE, frametype.ACK)
f.acked_by = ProtoField.framenum("rrdp.acked_by", "Acknowledged in", base.NONE, frametype.ACK)
f.answers = ProtoField.framenum("rrdp.answers", "Answers", base.NONE, frametype.REQUEST)
f.repeats =
  ProtoField.framenum("rrdp.repeats", "Repeats", base.NONE, frametype.RETRANS_PREV)
f.round_trip = ProtoField.relative_time("rrdp.round_trip", "Time since the segment")
number("outstanding", "Segments outstanding", "uint32")
number("duplicate_acks", "Acknowledged so often already", "uint32")
rrdp.fields = f

---------------------------------------------------------------------------------------------------
-- Expert infos. Every verdict but `ok` has one of its own.

local e, GROUP, SEVERITY = {}, expert.group, expert.severity
local function expert_info(name, text, group, severity)
  e[name] = ProtoExpert.new("rrdp." .. name, text, GROUP[group], SEVERITY[severity])
end

expert_info("short_frame", "Shorter than a header", "MALFORMED", "ERROR")
expert_info("bad_version", "Version is not 3", "MALFORMED", "ERROR")
expert_info("bad_zero_bit", "The zero bit is set", "MALFORMED", "ERROR")
expert_info("bad_header_length", "Header length does not fit", "MALFORMED", "ERROR")
expert_info("bad_data_length", "Data end behind the frame", "MALFORMED", "ERROR")
expert_info("bad_flags", "Illegal flags, or data where none may be", "MALFORMED", "ERROR")
expert_info("bad_port", "A port is 0", "MALFORMED", "ERROR")
expert_info("bad_syn", "Malformed SYN", "MALFORMED", "ERROR")
expert_info("group_destination", "Segment to a group address", "PROTOCOL", "ERROR")
expert_info("bad_source", "Impossible source address", "PROTOCOL", "ERROR")
expert_info("bad_checksum", "Bad checksum", "CHECKSUM", "ERROR")
expert_info("bad_extension", "Header does not fit what was agreed", "MALFORMED", "ERROR")
expert_info("bad_tag", "Tag of another incarnation", "PROTOCOL", "WARN")
expert_info("bad_crc", "Bad CRC32C", "CHECKSUM", "ERROR")
expert_info("bad_bundle", "Data are not the messages that are counted", "MALFORMED", "ERROR")
expert_info("nr_malformed", "Malformed frame of node resolution", "MALFORMED", "ERROR")
expert_info("nr_foreign", "Node resolution of another sender or cluster", "PROTOCOL", "WARN")
expert_info("cut_by_capture", "The capture does not hold all of the frame", "UNDECODED", "NOTE")
expert_info("opening_not_seen", "What the connection agreed on is not known", "UNDECODED", "NOTE")
expert_info("retransmission", "Retransmission or duplicate", "SEQUENCE", "NOTE")
expert_info("out_of_order", "Out of order: fills a gap", "SEQUENCE", "WARN")
expert_info("gap", "Gap: earlier segments have not been seen", "SEQUENCE", "WARN")
expert_info("duplicate_ack", "Duplicate acknowledgement", "SEQUENCE", "NOTE")
expert_info("ack_of_unseen", "Acknowledges what has not been seen", "SEQUENCE", "WARN")
expert_info("window_full", "Window full: no more may be outstanding", "SEQUENCE", "WARN")
expert_info("credit_used_up", "Credit used up", "SEQUENCE", "NOTE")
expert_info("credit_closed", "Credit closed: zero window", "SEQUENCE", "WARN")
expert_info("window_update", "Window update", "SEQUENCE", "CHAT")
expert_info("keepalive", "Keepalive", "SEQUENCE", "NOTE")
expert_info("probe", "Probe of the window or of the peer", "SEQUENCE", "NOTE")
expert_info("mtu_probe", "Padded: probe of the path", "SEQUENCE", "CHAT")
expert_info("opening", "Connection opens", "SEQUENCE", "CHAT")
expert_info("fin", "One side has nothing more to say", "SEQUENCE", "CHAT")
expert_info("reset", "Connection reset", "SEQUENCE", "WARN")
rrdp.experts = e

---------------------------------------------------------------------------------------------------
-- Preferences

rrdp.prefs.ethertype = Pref.range("EtherTypes", "0x88b6", "EtherTypes that carry RRDP", 65535)
rrdp.prefs.udp_port = Pref.range("UDP ports", "50027", "UDP ports that carry RRDP", 65535)
rrdp.prefs.ip = Pref.bool("IP protocol 27", true, "Read IP protocol 27 as RRDP")
rrdp.prefs.features = Pref.string("Features where the opening is missing", "",
  "Names such as wide,credit,tag, or none, for connections whose SYN ACK is not in the capture; " ..
  "empty: the words that depend on it are shown as they are")

---------------------------------------------------------------------------------------------------
-- Octets and arithmetic. Octets are Lua strings, places count from 0.

local bits = bit32 or bit

local function u16(raw, at)
  local high, low = raw:byte(at + 1, at + 2)
  return high * 256 + low
end

local function u32(raw, at)
  return u16(raw, at) * 65536 + u16(raw, at + 2)
end

local function has(features, bit)
  return features ~= nil and math.floor(features / bit) % 2 == 1
end

local function both(a, b)
  return bits.band(a, b) % 0x10000
end

-- Steps from b to a the short way round; exactly half a circle counts as backward (R-1.2).
local function distance(a, b, modulus)
  local steps = (a - b) % modulus
  return steps >= modulus / 2 and steps - modulus or steps
end

-- Adds the words of raw from `from` up to `stop`; an odd last octet is followed by a zero (R-4.1).
local function add_words(sum, raw, from, stop)
  local at = from
  while at + 8 <= stop do
    local a, b, c, d, g, h, i, j = raw:byte(at + 1, at + 8)
    sum = sum + (a + c + g + i) * 256 + b + d + h + j
    at = at + 8
  end
  while at < stop do
    local high, low = raw:byte(at + 1, at + 2)
    sum = sum + high * 256 + (at + 1 < stop and low or 0)
    at = at + 2
  end
  return sum
end

-- Whether a sum of words is all ones, once the carries are brought round (R-4.2).
local function all_ones(sum)
  while sum > 0xffff do sum = sum % 0x10000 + math.floor(sum / 0x10000) end
  return sum == 0xffff
end

local CRC = {}
for octet = 0, 255 do
  local crc = octet
  for _ = 1, 8 do
    local odd = crc % 2 == 1
    crc = bits.rshift(crc, 1)
    if odd then crc = bits.bxor(crc, 0x82f63b78) end
  end
  CRC[octet] = crc
end

local function crc32c(raw, from, stop)
  local crc, bxor, rshift, band = 0xffffffff, bits.bxor, bits.rshift, bits.band
  for at = from + 1, stop do
    crc = bxor(rshift(crc, 8), CRC[band(bxor(crc, raw:byte(at)), 0xff)])
  end
  return bxor(crc, 0xffffffff) % 0x100000000
end

-- The bits of a list such as "wide,crc32c"; nothing for an empty list.
local function named_features(list)
  if list == "" then return nil end
  local all = 0
  for name in list:upper():gmatch("%w+") do all = bits.bor(all, BIT[name] or 0) end
  return all
end

local function feature_names(features)
  local names = {}
  for _, each in ipairs(FEATURES) do
    if has(features, each[2]) then names[#names + 1] = each[1] end
  end
  return #names > 0 and table.concat(names, ", ") or "nothing"
end

---------------------------------------------------------------------------------------------------
-- decode: octets to a table `s`. An item is {field, first octet, octets, value}; without a value
-- Wireshark reads it from the octets, without octets it was computed. `sub` holds items below it.

local function put(list, field, at, length, value, text)
  local item = {field = field, at = at, length = length, value = value, text = text, sub = {}}
  list[#list + 1] = item
  return item
end

local function read_base(s)
  local raw, items = s.raw, s.items
  local control = raw:byte(1)
  s.control = control
  s.syn, s.ack, s.eack = has(control, 0x80), has(control, 0x40), has(control, 0x20)
  s.rst, s.nul = has(control, 0x10), has(control, 0x08)
  s.hl, s.dl = raw:byte(2), u16(raw, 6)
  s.sp, s.dp, s.seq, s.acknum = u16(raw, 2), u16(raw, 4), u16(raw, 8), u16(raw, 10)
  s.data_at = 2 * s.hl
  s.stop = s.data_at + s.dl
  local flags = put(items, f.flags, 0, 1, nil, LEGAL[control] and " (" .. LEGAL[control] .. ")")
  for _, name in ipairs({"syn", "ack", "eack", "rst", "nul", "zero"}) do
    put(flags.sub, f["flag_" .. name], 0, 1)
  end
  put(items, f.version, 0, 1)
  put(items, f.header_length, 1, 1, nil, " (" .. 2 * s.hl .. " octets)")
  put(items, f.source_port, 2, 2)
  put(items, f.destination_port, 4, 2)
  put(items, f.data_length, 6, 2)
  s.sequence_item = put(items, f.sequence, 8, 2, s.seq)
  s.acknowledgement_item = put(items, f.acknowledgement, 10, 2, s.acknum)
  put(items, f.checksum, 12, 2)
end

-- Steps 3 to 7 of section 2.2: whether the rest can be read, and why not.
local function header_error(s)
  local raw, size = s.raw, #s.raw
  if has(s.control, 0x04) then return "bad_zero_bit" end
  if s.hl < 7 or s.data_at > size then return "bad_header_length" end
  if s.stop > size then return "bad_data_length" end
  local data_allowed = s.control == 0x43 or s.control == 0x63
  if not LEGAL[s.control] or (s.dl > 0 and not data_allowed) then return "bad_flags" end
  if s.sp == 0 or s.dp == 0 then return "bad_port" end
end

-- The TLVs of a SYN by kind: {where the value is, octets, item}; or why they are malformed (R-5.3).
local function read_tlvs(s)
  local raw, at, found = s.raw, 20, {}
  while at < s.data_at do
    local kind, words = raw:byte(at + 1, at + 2)
    local length = 2 * words
    if at + 2 + length > s.data_at then return nil, "a TLV passes the end of the header" end
    local item = put(s.items, f.tlv, at, 2 + length, nil, ": " .. (TLVS[kind] or "unknown"))
    put(item.sub, f.tlv_kind, at, 1)
    put(item.sub, f.tlv_length, at + 1, 1)
    if kind == 0 and words ~= 0 then return nil, "a pad word is not 0" end
    if kind ~= 0 and TLV_WORDS[kind] ~= nil then
      if found[kind] then return nil, TLVS[kind] .. " comes twice" end
      if TLV_WORDS[kind] and TLV_WORDS[kind] ~= words then
        return nil, TLVS[kind] .. " has a wrong length"
      end
      found[kind] = {at = at + 2, length = length, item = item}
    elseif length > 0 then
      put(item.sub, f.tlv_value, at + 2, length)
    end
    at = at + 2 + length
  end
  return found
end

-- What a TLV that counts says. One that does not, because its feature is not offered (R-5.4), is
-- shown as octets.
local function show_tlv(tlv, counts, ...)
  if not tlv then return end
  if not counts then
    tlv.item.text = tlv.item.text .. " (ignored)"
    if tlv.length > 0 then put(tlv.item.sub, f.tlv_value, tlv.at, tlv.length) end
    return
  end
  local at = tlv.at
  for _, part in ipairs({...}) do
    local width = part[2] or tlv.length
    if width > 0 then put(tlv.item.sub, part[1], at, width) end
    at = at + width
  end
end

local function show_features(s, tlv)
  if not tlv then return end
  local item = put(tlv.item.sub, f.features, tlv.at, 2)
  item.text = " (" .. feature_names(s.offered) .. ")"
  for _, each in ipairs(FEATURES) do put(item.sub, f["feature_" .. each[1]], tlv.at, 2) end
end

local function show_tlvs(s, t)
  local offered, reply = s.offered, s.ack
  show_features(s, t[1])
  show_tlv(t[2], true, {f.source_node, 2}, {f.destination_node, 2})
  show_tlv(t[3], true, {f.boot, 4})
  show_tlv(t[4], true, {f.ack_delay_us, 2}, {f.ack_every, 2}, {f.keepalive_ms, 2})
  show_tlv(t[5], has(offered, BIT.WIDE), {f.sequence_high, 2})
  show_tlv(t[6], has(offered, BIT.COOKIE) and not reply, {f.cookie})
  show_tlv(t[7], has(offered, BIT.TAG) and reply, {f.peer_tag, 4})
  show_tlv(t[8], true, {f.application})
  show_tlv(t[9], has(offered, BIT.FRAG), {f.max_message, 4})
  show_tlv(t[10], has(offered, BIT.TAG), {f.tag, 4})
end

-- Step 8: the variable header of a SYN; why it is malformed, or nothing (R-5.3).
local function syn_error(s)
  local raw = s.raw
  if s.hl < 10 then return "bad_syn", "the header is too short" end
  s.max_outstanding, s.max_segment_size = u16(raw, 14), u16(raw, 16)
  s.offered = 0
  put(s.items, f.max_outstanding, 14, 2)
  put(s.items, f.max_segment_size, 16, 2)
  local options = put(s.items, f.options, 18, 2)
  put(options.sub, f.sequenced, 18, 2)
  put(options.sub, f.extended, 18, 2)
  if s.max_outstanding == 0 then return "bad_syn", "Max Outstanding is 0" end
  if s.max_segment_size < 64 then return "bad_syn", "Max Segment Size is below 64" end
  if not has(u16(raw, 18), 0x4000) then
    if s.hl > 10 then put(s.items, f.words, 20, s.data_at - 20) end
    return
  end
  local t, why = read_tlvs(s)
  if not t then return "bad_syn", why end
  s.offered = t[1] and both(u16(raw, t[1].at), 0xff40) or 0
  show_tlvs(s, t)
  local function needs(feature, kind)
    return has(s.offered, BIT[feature]) and not t[kind]
  end
  if needs("WIDE", 5) then return "bad_syn", "WIDE without its TLV" end
  if needs("FRAG", 9) then return "bad_syn", "FRAG without MAXMSG" end
  if needs("TAG", 10) then return "bad_syn", "TAG without its TLV" end
  if s.ack and needs("TAG", 7) then return "bad_syn", "TAG without PEER TAG" end
  if has(s.offered, BIT.FRAG) and u32(raw, t[9].at) == 0 then return "bad_syn", "MAXMSG is 0" end
  if has(s.offered, BIT.TAG) then
    s.tag = u32(raw, t[10].at)
    if s.tag == 0 then return "bad_syn", "the tag is 0" end
    if s.ack then s.peer_tag = u32(raw, t[7].at) end
  end
  if has(s.offered, BIT.WIDE) then
    s.seq = u16(raw, t[5].at) * 65536 + s.seq
    s.sequence_item.value = s.seq
  end
end

-- Step 11, by the connection's rule; where that is not known either coverage will do (R-2.17).
local function checksum_error(s, c)
  local header = add_words(c.pseudo_sum or 0, s.raw, 0, s.data_at)
  local whole = add_words(header, s.raw, s.data_at, s.stop)
  local header_only = not s.syn and has(c.agreed, BIT.CRC32C)
  if s.dl > 0 then
    local guess = c.agreed == nil and not all_ones(whole) and all_ones(header)
    s.covers = (header_only or guess) and "header" or "header and data"
    put(s.items, f.checksum_covers, 12, 0, s.covers)
  end
  if not header_only and all_ones(whole) then return end
  if (header_only or c.agreed == nil) and all_ones(header) then return end
  return "bad_checksum"
end

-- The words of TAG, WIDE and CRC32C (R-3.1); where the next word is.
local function read_block(s, at, features)
  local raw = s.raw
  if has(features, BIT.TAG) then
    s.tag = u32(raw, at)
    put(s.items, f.tag, at, 4)
    at = at + 4
  end
  if has(features, BIT.WIDE) then
    s.seq = u16(raw, at) * 65536 + s.seq
    s.sequence_item.value = s.seq
    put(s.items, f.sequence_high, at, 2)
    if s.ack then
      s.acknum = u16(raw, at + 2) * 65536 + s.acknum
      s.acknowledgement_item.value = s.acknum
    end
    put(s.items, f.acknowledgement_high, at + 2, 2)
    at = at + 4
  end
  if has(features, BIT.CRC32C) then
    s.crc = u32(raw, at)
    put(s.items, f.crc32c, at, 4)
    at = at + 4
  end
  return at
end

local function block_words(features)
  local words = 0
  for _, name in ipairs({"TAG", "WIDE", "CRC32C"}) do
    if has(features, BIT[name]) then words = words + 2 end
  end
  return words
end

local function show_reset(s, form, reason_at)
  s.form, s.reason = form, 0
  put(s.items, f.reset_form, 14, 0, form)
  if not reason_at then
    put(s.items, f.reset_reason, 14, 0, 0)
    return
  end
  s.reason = s.raw:byte(reason_at + 2)
  put(s.items, f.reset_reason, reason_at, 2)
  put(s.items, f.reset_reflected, reason_at, 2)
end

local function reflected(s, at)
  return has(u16(s.raw, at), 0x8000)
end

-- An RST to a side that opens: forms of a peer without a record (R-3.19). True if it is one.
local function read_opening_reset(s)
  local words = s.hl - 7
  local tagged = words == 3 or words == 7
  if words ~= 0 and words ~= 1 and words ~= 5 and not tagged then return false end
  local reason_at = words > 0 and (tagged and 18 or 14) or nil
  if reason_at and reflected(s, reason_at) ~= tagged then return false end
  local retry = reason_at and s.raw:byte(reason_at + 2) == 12 or false
  if retry ~= (words >= 5) then return false end
  if tagged then
    s.tag = u32(s.raw, 14)
    put(s.items, f.tag, 14, 4)
  end
  show_reset(s, (retry and "cookie" or "bare") .. (tagged and "_tagged" or ""), reason_at)
  if retry then put(s.items, f.cookie, reason_at + 2, 8) end
  return true
end

-- An RST to a side that has a record (R-3.19). True if it is one.
local function read_record_reset(s, features)
  local words, block = s.hl - 7, block_words(features)
  if words == 3 and reflected(s, 18) then
    s.tag = u32(s.raw, 14)
    put(s.items, f.tag, 14, 4)
    show_reset(s, "bare_tagged", 18)
    return true
  end
  if words == block or words == block + 1 then
    local reason_at = words > block and 14 + 2 * block or nil
    if reason_at and reflected(s, reason_at) then return false end
    show_reset(s, "connection", reason_at)
    read_block(s, 14, features)
    return true
  end
  if words > 1 or (words == 1 and reflected(s, 14)) then return false end
  show_reset(s, "bare", words == 1 and 14 or nil)
  return true
end

local function show_words(s, at)
  if at < s.data_at then put(s.items, f.words, at, s.data_at - at) end
end

local function read_reset(s, c)
  local known = c.agreed or 0
  if c.opening and read_opening_reset(s) then return end
  if c.agreed == nil then
    if not read_opening_reset(s) then show_words(s, 14) end
    return
  end
  if read_record_reset(s, known) then return end
  if not c.opening and known == 0 and read_opening_reset(s) then return end
  show_words(s, 14)
  return "bad_extension", "no form of an RST"
end

-- Step 12b for what is neither SYN nor RST: table 3.2.
local function words_error(s, c)
  local features = c.agreed
  if s.rst then return read_reset(s, c) end
  if features == nil then return show_words(s, 14) end
  local fragmented = s.dl > 0 and has(features, BIT.FRAG)
  local left = s.hl - 7 - block_words(features) - (fragmented and 1 or 0)
  if left < 0 then
    show_words(s, 14)
    return "bad_extension", "words are missing"
  end
  local at = read_block(s, 14, features)
  if s.nul then
    s.code = left == 1 and u16(s.raw, at) or 0
    if left > 1 then return "bad_extension", "a NUL with more than a code" end
    put(s.items, f.nul_code, at, 2 * left, s.code)
    return
  end
  if fragmented then
    local word = u16(s.raw, at)
    if word < 0x8000 then
      s.fragments_left = word
      put(s.items, f.fragments_left, at, 2)
    elseif not has(features, BIT.BUNDLE) then
      put(s.items, f.fragments_left, at, 2)
      return "bad_extension", "top bit of the FRAG word"
    else
      s.bundled = word - 0x8000
      put(s.items, f.bundled, at, 2, s.bundled)
      if s.bundled < 2 or s.bundled > 255 then return "bad_extension", "count of a bundle" end
    end
    at = at + 2
  end
  return nil, at, left
end

-- The credit word and the EACK list, from `at`, where `left` words are left.
local function tail_error(s, features, at, left)
  local credit = has(features, BIT.CREDIT)
  if credit and ((s.eack and left > 0) or left == 1) then
    s.credit = u16(s.raw, at)
    put(s.items, f.credit, at, 2)
    at, left = at + 2, left - 1
  end
  if s.eack and (left < 1 or (credit and not s.credit)) then
    return "bad_extension", "EACK without a number"
  end
  if not s.eack and left > 0 then return "bad_extension", "words that nobody agreed on" end
  s.eacks = {}
  for word = 0, left - 1 do
    s.eacks[word + 1] = u16(s.raw, at + 2 * word)
    put(s.items, f.eack, at + 2 * word, 2)
  end
end

local function extension_error(s, c)
  local verdict, more, left = words_error(s, c)
  if verdict or type(more) ~= "number" then return verdict, more end
  return tail_error(s, c.agreed, more, left)
end

-- Step 12e: the data are as many messages as are counted, each behind its length (R-3.32).
local function bundle_error(s)
  if not s.bundled then return end
  local at = s.data_at
  for _ = 1, s.bundled do
    if at + 2 > s.stop then return "bad_bundle", "a message is missing" end
    local length = u16(s.raw, at)
    if length == 0 or at + 2 + length > s.stop then return "bad_bundle", "a length does not fit" end
    at = at + 2 + length
  end
  if at ~= s.stop then return "bad_bundle", "octets are left over" end
end

-- Step 12c, as far as both tags are known (R-3.3, R-3.20).
local function tag_error(s, c)
  if s.rst and c.opening and s.form ~= "connection" then
    local asked = c.opening.tag
    return asked and s.tag and s.tag ~= asked and "bad_tag" or nil
  end
  local own, peer = c.tag_of_receiver, c.tag_of_sender
  if not has(c.agreed, BIT.TAG) or not own or s.tag == own then return end
  if s.rst and s.form == "bare_tagged" and s.tag == peer then return end
  return "bad_tag"
end

local function decode_resolution(s, c)
  local raw, items = s.raw, s.items
  s.resolution = true
  local op = raw:byte(3)
  put(items, f.version, 0, 1)
  put(items, f.header_length, 1, 1)
  put(items, f.operation, 2, 1)
  if #raw < 32 or u16(raw, 0) ~= 16 then return "nr_malformed", "not 32 octets" end
  put(items, f.resolution, 2, 1, OPS[op] or "unknown")
  put(items, f.cluster, 4, 4)
  put(items, f.sender_node, 8, 2)
  put(items, f.target_node, 10, 2)
  put(items, f.boot, 12, 4)
  put(items, f.sender_address, 16, 6)
  put(items, f.sender_mtu, 22, 2)
  put(items, f.versions, 24, 2)
  put(items, f.checksum, 26, 2)
  if #raw > 32 then put(items, f.padding, 32, #raw - 32, #raw - 32) end
  s.operation, s.sender_node, s.target_node = OPS[op], u16(raw, 8), u16(raw, 10)
  if not all_ones(add_words(0, raw, 0, 32)) then return "nr_malformed", "bad checksum" end
  if not OPS[op] then return "nr_malformed", "unknown operation" end
  if c.source and c.source ~= raw:sub(17, 22) then return "nr_foreign" end
end

local function address_error(c)
  if c.to_group then return "group_destination" end
  if c.from_nowhere then return "bad_source" end
end

-- Everything behind the base header. All of it is read, so that it can be shown; of the failures
-- the first one counts (R-2.15).
local function decode_segment(s, c)
  local verdict, why = header_error(s)
  if verdict then return verdict, why end
  local syn_verdict, syn_why, late_verdict, late_why
  if s.syn then syn_verdict, syn_why = syn_error(s) end
  verdict = syn_verdict or address_error(c) or checksum_error(s, c)
  why = syn_why
  if not s.syn then
    late_verdict, late_why = extension_error(s, c)
    late_verdict = late_verdict or tag_error(s, c)
    if not late_verdict and s.crc and s.crc ~= crc32c(s.raw, s.data_at, s.stop) then
      late_verdict = "bad_crc"
    end
    if not late_verdict then late_verdict, late_why = bundle_error(s) end
  end
  if s.dl > 0 then put(s.items, f.data, s.data_at, s.dl) end
  if #s.raw > s.stop then put(s.items, f.padding, s.stop, #s.raw - s.stop, #s.raw - s.stop) end
  if verdict then return verdict, why end
  return late_verdict, late_why
end

-- `c` is what is known of the conversation and of the frame's envelope.
local function decode(raw, c)
  local s = {raw = raw, items = {}}
  local verdict, why
  if #raw < 14 then
    verdict = "short_frame"
  elseif raw:byte(1) % 4 == 0 and c.may_resolve then
    verdict, why = decode_resolution(s, c)
  else
    read_base(s)
    if raw:byte(1) % 4 ~= 3 then verdict = "bad_version"
    elseif c.cut then verdict = "cut_by_capture"
    else verdict, why = decode_segment(s, c) end
  end
  if c.cut then verdict = "cut_by_capture" end
  s.verdict, s.why = verdict or "ok", why
  return s
end

---------------------------------------------------------------------------------------------------
-- follow: what a frame means in its conversation. A side is "a" or "b".
--
-- Of each side the table keeps: `syn` its last SYN; `first`, `next` the numbers it has used; `sent`
-- the frame of each number; `ack` the highest it has acknowledged; `edge` its credit; `last` its
-- last frame. Numbers are unwrapped: they grow for ever.

local conversations, findings, resolution

local REMEMBERED = 40000  -- numbers of a side; more than any window

local function new_side()
  return {sent = {}, eacked = 0, duplicates = 0}
end

local function conversation_of(key)
  local known = conversations[key]
  if not known then
    known = {a = new_side(), b = new_side(), tag = {}}
    conversations[key] = known
  end
  return known
end

local function note(finding, name, text)
  finding.notes[#finding.notes + 1] = {name, text}
end

-- A SYN with another number or tag than the last one is the begin of another incarnation, though
-- the old one counts until the answer comes.
local function follow_syn(conversation, side, s, frame)
  local old = conversation[side].syn
  if old and old.seq == s.seq and old.tag == s.tag then return old end
  local syn = {seq = s.seq, low = s.seq % 0x10000, tag = s.tag, offered = s.offered,
               window = s.max_outstanding, pending = true, frame = frame}
  conversation[side].syn = syn
  return nil
end

local function begin_numbers(conversation, side, syn)
  local fresh = new_side()
  fresh.first, fresh.next, fresh.window = syn.seq, syn.seq + 1, math.min(syn.window, 16383)
  fresh.sent[syn.seq] = {frame = syn.frame, time = syn.time}
  fresh.syn, fresh.last = conversation[side].syn, conversation[side].last
  conversation[side] = fresh
end

-- A SYN ACK that answers the last SYN of the other side says what both agree on (R-5.6).
local function follow_syn_ack(conversation, side, other, s, frame)
  local asked = conversation[other].syn
  local answers = not asked or (asked.low == s.acknum and
    not (has(s.offered, BIT.TAG) and asked.tag and asked.tag ~= s.peer_tag))
  local repeated = conversation.reply_seq == s.seq and asked and conversation.asked == asked
  if not answers or repeated then return repeated and conversation.reply_frame or nil end
  local agreed = asked and both(asked.offered, s.offered) or s.offered
  if has(agreed, BIT.BUNDLE) and not has(agreed, BIT.FRAG) then agreed = agreed - BIT.BUNDLE end
  conversation.agreed = agreed
  conversation.asked, conversation.reply_seq, conversation.reply_frame = asked, s.seq, frame
  local tagged = has(agreed, BIT.TAG)
  conversation.tag = {[side] = tagged and s.tag or nil, [other] = tagged and s.peer_tag or nil}
  local wide = has(agreed, BIT.WIDE)
  conversation.modulus = wide and 0x100000000 or 0x10000
  local own = {seq = wide and s.seq or s.seq % 0x10000, window = s.max_outstanding, frame = frame}
  begin_numbers(conversation, side, own)
  if not asked then return end
  asked.pending = false
  begin_numbers(conversation, other,
    {seq = wide and asked.seq or asked.low, window = asked.window, frame = asked.frame})
end

-- A NUL code 0 whose number the peer has acknowledged already consumes nothing: it asks (R-8.20).
local function is_probe(me, peer, s, at)
  if not s.nul or s.code ~= 0 or not peer.ack or at > peer.ack then return false end
  local before = me.sent[at]
  return not (before and before.keepalive) or at == peer.ack
end

local function follow_window(me, peer, features, at, finding)
  local oldest = (peer.ack or me.first or at - 1) + 1
  local outstanding = math.max(0, me.next - oldest - peer.eacked)
  put(finding.items, f.outstanding, 0, 0, outstanding)
  if peer.window and outstanding >= peer.window then note(finding, "window_full") end
  if has(features, BIT.CREDIT) and peer.edge and at >= peer.edge then
    note(finding, "credit_used_up")
  end
end

local function follow_consuming(conversation, me, peer, s, finding)
  local modulus = conversation.modulus or 0x10000
  me.next = me.next or s.seq
  local at = me.next + distance(s.seq, me.next, modulus)
  if is_probe(me, peer, s, at) then return note(finding, "probe") end
  local before = me.sent[at]
  if before then
    put(finding.items, f.repeats, 0, 0, before.frame)
    return note(finding, "retransmission", "Repeats frame " .. before.frame)
  end
  if at > me.next then
    note(finding, "gap", string.format("Gap: %d segments before it have not been seen",
      at - me.next))
  elseif at < me.next then
    note(finding, "out_of_order")
  end
  local keepalive = s.nul and s.code == 0
  me.sent[at] = {frame = finding.frame, time = finding.time, keepalive = keepalive}
  me.sent[at - REMEMBERED] = nil
  me.next = math.max(me.next, at + 1)
  if keepalive then note(finding, "keepalive") end
  if s.nul and s.code == 1 then note(finding, "fin") end
  follow_window(me, peer, conversation.agreed, at, finding)
end

local function follow_credit(conversation, me, s, ack, finding)
  if not has(conversation.agreed, BIT.CREDIT) or s.nul or not me.window then return end
  local edge = ack + 2 * me.window
  if s.credit then
    local room = distance(s.credit, s.acknum % 0x10000, 0x10000)
    if room < 0 or room > 2 * me.window then return end
    edge = ack + room
  end
  local before = me.edge or edge  -- promises are not taken back (R-8.19)
  me.edge = math.max(before, edge)
  me.opened = me.edge > before
  if me.opened and me.closed then note(finding, "window_update") end
  me.closed = me.edge <= ack
  if me.closed then note(finding, "credit_closed") end
end

local function follow_duplicate(me, peer, s, ack, finding)
  local pure = s.dl == 0 and not s.nul
  if not pure or me.ack ~= ack or peer.next - 1 <= ack or me.opened then return end
  me.duplicates = me.duplicates + 1
  put(finding.items, f.duplicate_acks, 0, 0, me.duplicates)
  note(finding, "duplicate_ack", "Duplicate acknowledgement #" .. me.duplicates)
end

local function follow_ack(conversation, me, peer, s, finding)
  local modulus = conversation.modulus or 0x10000
  peer.next = peer.next or s.acknum + 1
  local ack = peer.next - 1 + distance(s.acknum, peer.next - 1, modulus)
  if ack >= peer.next then
    note(finding, "ack_of_unseen")
    peer.next = ack + 1
  end
  me.opened = false
  follow_credit(conversation, me, s, ack, finding)
  follow_duplicate(me, peer, s, ack, finding)
  if me.ack and ack <= me.ack then return end
  me.ack, me.duplicates = ack, 0
  local acked = peer.sent[ack]
  if not acked then return end
  put(finding.items, f.acks, 0, 0, acked.frame)
  if acked.time then
    put(finding.items, f.round_trip, 0, 0, NSTime(finding.time - acked.time))
  end
  if findings[acked.frame] then findings[acked.frame].acked_by = finding.frame end
end

local function follow_reset(me, peer, s, finding)
  note(finding, "reset", "Connection reset: " .. (REASONS[s.reason or 0] or "unknown reason"))
  local last = peer.last
  if s.ack and last and last.low == s.acknum % 0x10000 then
    put(finding.items, f.answers, 0, 0, last.frame)
  end
end

local function follow_opening(conversation, side, other, s, finding)
  local me, peer = conversation[side], conversation[other]
  note(finding, "opening", s.ack and "Connection opens: the answer" or "Connection opens")
  local before
  if s.ack then
    if peer.syn then put(finding.items, f.answers, 0, 0, peer.syn.frame) end
    before = follow_syn_ack(conversation, side, other, s, finding.frame)
  else
    before = follow_syn(conversation, side, s, finding.frame)
    before = before and before.frame
  end
  me.last = nil
  if not before then return end
  put(finding.items, f.repeats, 0, 0, before)
  note(finding, "retransmission", "Repeats frame " .. before)
end

local function follow(conversation, side, s, finding)
  if s.verdict ~= "ok" then return end
  local other = side == "a" and "b" or "a"
  if s.syn then
    follow_opening(conversation, side, other, s, finding)
  else
    local me, peer = conversation[side], conversation[other]
    if s.rst then
      follow_reset(me, peer, s, finding)
    else
      if s.ack then follow_ack(conversation, me, peer, s, finding) end
      if s.dl > 0 or s.nul then follow_consuming(conversation, me, peer, s, finding) end
      me.eacked = s.eacks and #s.eacks or 0
    end
    if finding.agreed == nil and not s.form then note(finding, "opening_not_seen") end
  end
  conversation[side].last = {frame = finding.frame, low = s.seq % 0x10000}
end

-- An answer names the node that the question was about.
local function follow_resolution(s, finding)
  if s.verdict ~= "ok" then return end
  local question = ({["HELLO-REPLY"] = "HELLO", CONFLICT = "PROBE"})[s.operation]
  local asked = question and resolution[question .. s.sender_node]
  if asked then put(finding.items, f.answers, 0, 0, asked) end
  if s.operation == "HELLO" or s.operation == "PROBE" then
    resolution[s.operation .. s.target_node] = finding.frame
  end
end

---------------------------------------------------------------------------------------------------
-- The envelope of a frame: who sent it to whom, in octets.

local envelope_field = {}
for _, name in ipairs({"eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst"}) do
  envelope_field[name] = Field.new(name)
end

-- The octets of the innermost field of that name; "" where there is none.
local function octets_of(name)
  local found = {envelope_field[name]()}
  local last = found[#found]
  return last and last.range and last.range:bytes():raw() or ""
end

local function ethernet_envelope()
  local source, destination = octets_of("eth.src"), octets_of("eth.dst")
  local function group(address) return #address == 6 and has(address:byte(1), 1) end
  return {
    source = source, from = source, to = destination, may_resolve = true,
    to_group = group(destination),
    from_nowhere = #source == 6 and
      (group(source) or source == destination or source == ("\0"):rep(6)),
  }
end

local function ip_envelope(pinfo)
  local version = tostring(pinfo.net_src):find(":", 1, true) and "ipv6" or "ip"
  return {from = octets_of(version .. ".src"), to = octets_of(version .. ".dst")}
end

local function udp_envelope(pinfo)
  local c = ip_envelope(pinfo)
  c.kind = "udp"
  return c
end

-- The pseudo-header, as TCP's (R-4.4).
local function add_pseudo_header(c, size)
  local sum = add_words(0, c.from, 0, #c.from)
  c.pseudo_sum = add_words(sum, c.to, 0, #c.to) + 27 + size
end

-- A name of one end: hexadecimal digits, so that names compare alike in every locale. Over UDP a
-- node is its host: the port may change (RFC 6951).
local function name_of(address, port)
  local digits = address:gsub(".", function(octet) return string.format("%02x", octet:byte()) end)
  return string.format("%s%04x", digits, port)
end

-- The conversation and the side of a frame whose ports can be read.
local function place_of(c, raw)
  if #raw < 14 then return nil end
  local kind, from, to = c.kind or "", name_of(c.from, u16(raw, 2)), name_of(c.to, u16(raw, 4))
  if from < to then return kind .. from .. to, "a" end
  return kind .. to .. from, "b"
end

-- Puts into `c` what the frames before this one have shown.
local function remember(c, conversation, side)
  local other = side == "a" and "b" or "a"
  c.agreed = conversation.agreed
  c.tag_of_sender, c.tag_of_receiver = conversation.tag[side], conversation.tag[other]
  local asked = conversation[other].syn
  c.opening = asked and asked.pending and {tag = asked.tag} or nil
end

---------------------------------------------------------------------------------------------------
-- draw

local function draw_items(tree, tvb, items)
  for _, item in ipairs(items) do
    local node
    if item.length > 0 and item.value ~= nil then
      node = tree:add(item.field, tvb(item.at, item.length), item.value)
    elseif item.length > 0 then
      node = tree:add(item.field, tvb(item.at, item.length))
    else
      node = tree:add(item.field, item.value)
      node:set_generated()
    end
    if item.text then node:append_text(item.text) end
    draw_items(node, tvb, item.sub)
  end
end

local function describe(s, finding)
  if s.verdict ~= "ok" and not s.sp then return s.verdict end
  if s.resolution then
    return string.format("%s node %d → %d", s.operation or "?", s.sender_node or 0,
      s.target_node or 0)
  end
  local kind = LEGAL[s.control] or "?"
  local parts = {string.format("%d → %d [%s] Seq=%.0f", s.sp, s.dp, kind, s.seq)}
  local function say(...) parts[#parts + 1] = string.format(...) end
  if s.ack then say("Ack=%.0f", s.acknum) end
  say("Len=%d", s.dl)
  if s.offered then
    local names = feature_names(s.offered):gsub(", ", ",")
    say("Win=%d MSS=%d Features=%s", s.max_outstanding, s.max_segment_size, names)
  end
  if s.fragments_left then say("Left=%d", s.fragments_left) end
  if s.bundled then say("Messages=%d", s.bundled) end
  if s.credit then say("Credit=%d", s.credit) end
  if s.eacks and #s.eacks > 0 then say("Eack=%s", table.concat(s.eacks, ",")) end
  if s.code then say("Code=%d", s.code) end
  if s.reason then say("Reason=%s", REASONS[s.reason] or s.reason) end
  if s.verdict ~= "ok" then say("[%s]", s.verdict) end
  for _, each in ipairs(finding.notes) do
    if each[1] ~= "opening" then say("[%s]", (each[1]:gsub("_", " "))) end
  end
  return table.concat(parts, " ")
end

local function draw(s, finding, tvb, pinfo, tree)
  pinfo.cols.protocol = s.resolution and "RRDP-NR" or "RRDP"
  pinfo.cols.info = describe(s, finding)
  local top = tree:add(rrdp, tvb(0))
  top:append_text(", " .. describe(s, finding))
  draw_items(top, tvb, s.items)
  for _, port in ipairs({s.sp, s.dp}) do top:add(f.port, port):set_hidden() end
  if finding.agreed then
    local item = top:add(f.agreed, finding.agreed)
    item:set_generated()
    item:append_text(" (" .. feature_names(finding.agreed) .. ")")
  end
  local verdict = top:add(f.verdict, s.verdict)
  verdict:set_generated()
  if s.verdict ~= "ok" then
    local text = s.why and s.verdict .. ": " .. s.why or nil
    if text then verdict:add_proto_expert_info(e[s.verdict], text)
    else verdict:add_proto_expert_info(e[s.verdict]) end
  end
  draw_items(top, tvb, finding.items)
  if finding.acked_by then top:add(f.acked_by, finding.acked_by):set_generated() end
  for _, each in ipairs(finding.notes) do
    if each[2] then top:add_proto_expert_info(e[each[1]], each[2])
    else top:add_proto_expert_info(e[each[1]]) end
  end
end

---------------------------------------------------------------------------------------------------
-- Entry

-- Protocols on top of RRDP may register for a port; they get one segment's data.
local ports = DissectorTable.new("rrdp.port", "RRDP port", ftypes.UINT16, base.DEC, rrdp)

local function hand_on(s, tvb, pinfo, tree)
  if s.verdict ~= "ok" or s.resolution or s.dl == 0 then return end
  local data = tvb(s.data_at, s.dl):tvb()
  for _, port in ipairs({s.dp, s.sp}) do
    local taker = ports:get_dissector(port)
    if taker then return taker:call(data, pinfo, tree) end
  end
end

local function is_padded(s)
  return s.verdict == "ok" and not s.resolution and s.dl == 0 and #s.raw > 46 and #s.raw > s.stop
end

-- Reads the frame for the first time, and keeps what was found.
local function discover(raw, c, pinfo)
  local key, side = place_of(c, raw)
  local conversation = key and conversation_of(key)
  if conversation then remember(c, conversation, side) end
  if c.agreed == nil then c.agreed = named_features(rrdp.prefs.features) end
  local s = decode(raw, c)
  local finding = {frame = pinfo.number, time = pinfo.abs_ts, notes = {}, items = {}, c = c}
  if not s.syn and not s.resolution then finding.agreed = c.agreed end
  findings[pinfo.number] = finding
  if s.resolution then
    follow_resolution(s, finding)
  elseif conversation then
    follow(conversation, side, s, finding)
  end
  if is_padded(s) and (s.syn or s.nul) then note(finding, "mtu_probe") end
  return s, finding
end

local function dissect(tvb, pinfo, tree, envelope, pseudo_header)
  local raw = tvb:raw(0, tvb:captured_len())
  local finding, s = findings[pinfo.number], nil
  if finding then
    s = decode(raw, finding.c)
  else
    local c = envelope(pinfo)
    c.cut = tvb:captured_len() < tvb:reported_len()
    if pseudo_header then add_pseudo_header(c, tvb:reported_len()) end
    s, finding = discover(raw, c, pinfo)
  end
  draw(s, finding, tvb, pinfo, tree)
  hand_on(s, tvb, pinfo, tree)
  return tvb:captured_len()
end

function rrdp.init()
  conversations, findings, resolution = {}, {}, {}
end

function rrdp.dissector(tvb, pinfo, tree)
  return dissect(tvb, pinfo, tree, ethernet_envelope, false)
end

function over_ip.dissector(tvb, pinfo, tree)
  return dissect(tvb, pinfo, tree, ip_envelope, true)
end

function over_udp.dissector(tvb, pinfo, tree)
  return dissect(tvb, pinfo, tree, udp_envelope, false)
end

-- On a port that nobody has named: a segment must be right to the last bit of its checksum.
local function looks_like_rrdp(tvb, pinfo, tree)
  if tvb:captured_len() < 14 or tvb(0, 1):uint() % 4 ~= 3 then return false end
  local raw = tvb:raw(0, tvb:captured_len())
  local s = {raw = raw, items = {}}
  read_base(s)
  if header_error(s) or checksum_error(s, {}) then return false end
  over_udp.dissector(tvb, pinfo, tree)
  return true
end
over_udp:register_heuristic("udp", looks_like_rrdp)

-- Preferences decide where RRDP is looked for.
local placed = {}
local function place(name, table_name, pattern, protocol)
  local t = DissectorTable.get(table_name)
  if placed[name] == pattern then return end
  if placed[name] and placed[name] ~= "" then t:remove(placed[name], protocol) end
  if pattern ~= "" then t:add(pattern, protocol) end
  placed[name] = pattern
end

local function place_all()
  place("ethernet", "ethertype", rrdp.prefs.ethertype, rrdp)
  place("udp", "udp.port", rrdp.prefs.udp_port, over_udp)
  place("ip", "ip.proto", rrdp.prefs.ip and "27" or "", over_ip)
end
rrdp.prefs_changed = place_all
place_all()
