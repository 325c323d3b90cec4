import GlareCLI

await GlareMain.main()
