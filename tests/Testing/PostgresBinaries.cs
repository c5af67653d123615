namespace LifelongApi.Testing;

/// <summary>Where <c>initdb</c> and <c>pg_ctl</c> are.</summary>
/// <param name="Directory">The folder that holds both.</param>
internal sealed record PostgresBinaries(string Directory)
{
    /// <summary>Path of <c>initdb</c>.</summary>
    public string InitDb => Path.Combine(Directory, "initdb");

    /// <summary>Path of <c>pg_ctl</c>.</summary>
    public string PgCtl => Path.Combine(Directory, "pg_ctl");

    /// <summary>Looks in the newest of the usual folders, then along PATH.</summary>
    public static PostgresBinaries? Find()
    {
        const string root = "/usr/lib/postgresql";
        var usual = System.IO.Directory.Exists(root)
            ? System.IO.Directory.GetDirectories(root)
                .Where(path => int.TryParse(Path.GetFileName(path), out _))
                .OrderByDescending(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture))
                .Select(path => Path.Combine(path, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return usual.Concat(path)
            .Select(directory => new PostgresBinaries(directory))
            .FirstOrDefault(binaries => File.Exists(binaries.InitDb) && File.Exists(binaries.PgCtl));
    }

    /// <summary>Installs the package where this is root on a machine with apt; null where it is not, or where it did not help.</summary>
    public static async Task<PostgresBinaries?> InstallAsync()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/apt-get"))
        {
            return null;
        }

        var install = await Shell.TryRunAsync("/usr/bin/apt-get", ["install", "-y", "--no-install-recommends", "postgresql"]);
        if (install.ExitCode != 0)
        {
            await Shell.TryRunAsync("/usr/bin/apt-get", ["update"]);
            await Shell.TryRunAsync("/usr/bin/apt-get", ["install", "-y", "--no-install-recommends", "postgresql"]);
        }

        return Find();
    }
}
