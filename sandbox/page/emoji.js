/** The emoji that operations people use; Slack shows the name of one it does not know, and so do we. */

const TABLE = `
+1 👍|-1 👎|100 💯|alarm_clock ⏰|anchor ⚓|arrow_down ⬇️|arrow_right ➡️|arrow_up ⬆️|arrows_counterclockwise 🔄|art 🎨|bangbang ‼️
bar_chart 📊|bell 🔔|beetle 🪲|blue_heart 💙|book 📖|books 📚|boom 💥|bookmark 🔖|bug 🐛|bulb 💡|bust_in_silhouette 👤
busts_in_silhouette 👥|calendar 📅|camera 📷|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|clap 👏|clipboard 📋
clock1 🕐|clock3 🕒|closed_lock_with_key 🔐|cloud ☁️|construction 🚧|cop 👮|crossed_fingers 🤞|dart 🎯|door 🚪|double_vertical_bar ⏸️
electric_plug 🔌|email 📧|exclamation ❗|eyes 👀|fire 🔥|fast_forward ⏩|file_folder 📁|gear ⚙️|ghost 👻|green_heart 💚|grey_exclamation ❕
hammer 🔨|hammer_and_wrench 🛠️|heart ❤️|heavy_check_mark ✔️|heavy_minus_sign ➖|heavy_plus_sign ➕|hourglass ⌛|hourglass_flowing_sand ⏳
house 🏠|inbox_tray 📥|information_source ℹ️|key 🔑|large_blue_circle 🔵|large_green_circle 🟢|large_orange_circle 🟠|large_purple_circle 🟣
large_red_square 🟥|large_yellow_circle 🟡|link 🔗|lock 🔒|loudspeaker 📢|mag 🔍|mega 📣|memo 📝|moneybag 💰|mute 🔇|no_bell 🔕|no_entry ⛔
no_entry_sign 🚫|octagonal_sign 🛑|ok 🆗|ok_hand 👌|outbox_tray 📤|package 📦|paperclip 📎|pause_button ⏸️|pencil 📝|pencil2 ✏️|point_down 👇
point_right 👉|point_up ☝️|pray 🙏|pushpin 📌|question ❓|raised_hands 🙌|recycle ♻️|red_circle 🔴|repeat 🔁|robot_face 🤖|rocket 🚀|rotating_light 🚨
runner 🏃|scales ⚖️|scissors ✂️|scroll 📜|shield 🛡️|ship 🚢|skull 💀|sleeping 😴|slightly_smiling_face 🙂|smile 😄|snail 🐌|sparkles ✨|speech_balloon 💬
stopwatch ⏱️|tada 🎉|thinking_face 🤔|thumbsup 👍|thumbsdown 👎|timer_clock ⏲️|traffic_light 🚥|turtle 🐢|unlock 🔓|wastebasket 🗑️|warning ⚠️|wave 👋
white_check_mark ✅|white_circle ⚪|wrench 🔧|x ❌|yellow_heart 💛|zap ⚡|zzz 💤|black_circle ⚫|ballot_box_with_check ☑️|small_blue_diamond 🔹|label 🏷️`;

const EMOJI = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => /** @type {[string, string]} */ (entry.trim().split(" "))),
);

/**
 * The picture of an emoji, or undefined for a name that is not in the table.
 * @param {string} name without colons
 * @returns {string|undefined}
 */
export function emoji(name) {
  return EMOJI.get(name);
}
