import ArgumentParser

/// What shells complete by: ArgumentParser's scripts, and what these lack.
enum CompletionScripts {
    /// By the name that each shell looks for.
    static func all() -> [(name: String, text: String)] {
        [("glare.bash", bash()), ("_glare", zsh()), ("glare.fish", fish())]
    }

    private static var links: [String] { GlareCommand.names.map { "glare-\($0)" } }

    /// With `glare-NAME` completed as `glare NAME` is. And `NAME@ID` is one word, which to bash ends at the
    /// sign, as do the host names that it is meant for there. It ends words at `:` and `=` as well, and other
    /// programs' completions count on that: these are put together again, for the words after an address are not
    /// the ones that they are taken for else.
    private static func bash() -> String {
        GlareCommand.completionScript(for: .bash) + """


            COMP_WORDBREAKS="${COMP_WORDBREAKS//@/}"

            # With the pieces of a word that bash took apart in one again; bash replaces the last of them alone.
            _glare_words() {
                local rest="${COMP_LINE}" before='' word
                local -a words=()
                local -i index cword=0
                for index in "${!COMP_WORDS[@]}"; do
                    word="${COMP_WORDS[index]}"
                    if [[ index -gt 0 && "${rest}" == [![:space:]]* && ("${word}" == [:=]* || "${words[-1]}" == *[:=]) ]]; then
                        ((index != COMP_CWORD)) || before="${words[-1]}"
                        words[-1]+="${word}"
                    else
                        words+=("${word}")
                    fi
                    ((index != COMP_CWORD)) || cword=$((${#words[@]} - 1))
                    rest="${rest#"${rest%%[![:space:]]*}"}"
                    rest="${rest#"${word}"}"
                done
                word="${COMP_WORDS[COMP_CWORD]}"
                # Of a piece that is such a sign bash says that nothing is to be completed.
                [[ -n "${word//[:=]/}" ]] && word="${2}"
                COMP_WORDS=("${words[@]}")
                COMP_CWORD="${cword}"
                _glare "${1}" "${before}${word}" "${words[cword - 1]}"
                local -r kept="${before}${word%"${2}"}"
                [[ -z "${kept}" ]] || COMPREPLY=("${COMPREPLY[@]#"${kept}"}")
            }

            complete -o filenames -F _glare_words glare

            _glare_link() {
                local -r link="${COMP_WORDS[0]}" name="${COMP_WORDS[0]##*/}"
                COMP_LINE="glare ${name#glare-}${COMP_LINE#"${link}"}"
                COMP_POINT="$((COMP_POINT + ${#name} - ${#link}))"
                COMP_WORDS=(glare "${name#glare-}" "${COMP_WORDS[@]:1}")
                COMP_CWORD="$((COMP_CWORD + 1))"
                _glare_words glare "${2}"
            }

            complete -o filenames -F _glare_link \(links.joined(separator: " "))

            """
    }

    private static func zsh() -> String {
        let script = GlareCommand.completionScript(for: .zsh)
        // What the script begins with, and where its function does.
        let (tag, opening) = ("#compdef glare\n", "\n_glare() {\n    emulate -RL zsh -G\n")
        let rest = script.dropFirst(script.hasPrefix(tag) ? tag.count : 0)
        let asLink = """

            _glare() {
                if [[ "${words[1]:t}" == glare-* ]]; then
                    words=(glare "${${words[1]:t}#glare-}" "${(@)words[2,-1]}")
                    ((CURRENT += 1))
                fi
                emulate -RL zsh -G

            """
        return "#compdef glare \(links.joined(separator: " "))\n" + rest.replacing(opening, with: asLink)
    }

    private static func fish() -> String {
        let script = GlareCommand.completionScript(for: .fish)
            // Before fish 4, tokens and the place of the cursor can't be asked for at once.
            .replacing("(__glare_tokens -tC)", with: "(string length -- (commandline -ct))")
        let wraps = GlareCommand.names.map { "complete -c glare-\($0) -w 'glare \($0)'\n" }
        return script + "\n\n" + wraps.joined()
    }
}
