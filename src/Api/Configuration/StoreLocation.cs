using System.Data.Common;

namespace LifelongApi.Api.Configuration;

/// <summary>Where the data is: <c>ConnectionStrings:Lifelong</c>, with the path of a SQLite file made absolute.</summary>
internal sealed class StoreLocation
{
    private const string Default = "Data Source=data/lifelong.db";
    private static readonly string[] FileKeys = ["Data Source", "DataSource", "Filename"];
    private static readonly string[] HostKeys = ["Host", "Server"];

    private StoreLocation(string connectionString, string description)
    {
        ConnectionString = connectionString;
        Description = description;
    }

    /// <summary>For the store.</summary>
    public string ConnectionString { get; }

    /// <summary>For people: provider and place, never a password.</summary>
    public string Description { get; }

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="StartupRefusedException">The connection string names neither a file nor a host.</exception>
    public static StoreLocation Of(IConfiguration configuration, string contentRoot)
    {
        var text = configuration.GetConnectionString("Lifelong") is { Length: > 0 } given ? given : Default;
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = text;
        }
        catch (ArgumentException error)
        {
            throw new StartupRefusedException($"ConnectionStrings:Lifelong cannot be read: {error.Message}", error);
        }

        if (Array.Find(HostKeys, parts.ContainsKey) is { } hostKey)
        {
            var database = parts.ContainsKey("Database") ? parts["Database"] : "the user's database";
            var port = parts.ContainsKey("Port") ? $":{parts["Port"]}" : "";
            return new StoreLocation(text, $"Postgres {parts[hostKey]}{port}/{database}");
        }

        if (Array.Find(FileKeys, parts.ContainsKey) is not { } fileKey)
        {
            throw new StartupRefusedException("ConnectionStrings:Lifelong names neither a SQLite file (Data Source=…) nor a Postgres host (Host=…).");
        }

        var path = Path.GetFullPath((string)parts[fileKey], contentRoot);
        parts[fileKey] = path;
        return new StoreLocation(parts.ConnectionString, $"SQLite {path}");
    }
}
