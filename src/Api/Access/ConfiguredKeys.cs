using LifelongApi.Api.Hosting;
using System.Security.Cryptography;
using System.Text;
using LifelongApi.Api.Configuration;

namespace LifelongApi.Api.Access;

/// <summary>API keys of the configuration: <c>Lifelong:ApiKeys:0:Name</c>, <c>:Key</c>, <c>:Scopes</c>. Only their hashes are kept.</summary>
internal sealed class ConfiguredKeys
{
    private readonly List<(string Name, byte[] Hash, Scope Scopes)> _keys = [];

    /// <summary>How many there are.</summary>
    public int Count => _keys.Count;

    /// <summary>Whether one of them may administer.</summary>
    public bool HasAdmin => _keys.Exists(key => key.Scopes == Scope.Admin);

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="StartupRefusedException">A key is empty, has no scope, an unknown one, or a name twice.</exception>
    public static ConfiguredKeys Read(IConfiguration configuration)
    {
        var keys = new ConfiguredKeys();
        foreach (var section in configuration.GetSection("Lifelong:ApiKeys").GetChildren())
        {
            var name = section["Name"] is { Length: > 0 } given ? given : $"key-{section.Key}";
            var scopes = section["Scopes"] ?? string.Join(' ', section.GetSection("Scopes").GetChildren().Select(child => child.Value));
            if (string.IsNullOrWhiteSpace(section["Key"]))
            {
                throw new StartupRefusedException($"{section.Path}:Key is empty; give the key, or remove the entry.");
            }

            if (!Access.Scopes.TryParse(scopes, out var scope))
            {
                throw new StartupRefusedException($"{section.Path}:Scopes is '{scopes}'; give one or more of predict, learn, read, admin.");
            }

            if (keys.Contains(name))
            {
                throw new StartupRefusedException($"{section.Path}:Name '{name}' is used twice; names tell who did what, so give each key its own.");
            }

            keys._keys.Add((name, HashOf(section["Key"]!), scope));
        }

        return keys;
    }

    /// <summary>SHA-256 of a key.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Whether a name is taken.</summary>
    public bool Contains(string name) => _keys.Exists(key => key.Name == name);

    /// <summary>The caller that holds a key. Compares with every key in constant time, so that time tells nothing about any.</summary>
    public Caller? Find(ReadOnlySpan<byte> hash)
    {
        Caller? found = null;
        foreach (var (name, known, scopes) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash))
            {
                found = new Caller(name, scopes);
            }
        }

        return found;
    }
}

/// <summary>Who sends a request.</summary>
/// <param name="Name">Name of the key, or null where no key is configured.</param>
/// <param name="Scopes">What it may do.</param>
internal sealed record Caller(string? Name, Scope Scopes)
{
    /// <summary>The caller of a request: the actor of its events, or null.</summary>
    public static string? ActorOf(HttpContext context) => context.Features.Get<Caller>()?.Name;

    /// <summary>Makes sure of a scope that only some calls of an endpoint need.</summary>
    /// <exception cref="ProblemException">403: the key lacks it.</exception>
    public static void Require(HttpContext context, Scope scope, string because)
    {
        if (context.Features.Get<Caller>() is { } caller && (caller.Scopes & scope) != scope)
        {
            throw new ProblemException(
                StatusCodes.Status403Forbidden, Contracts.Problems.ProblemTypes.Forbidden, "Forbidden", $"The key '{caller.Name}' lacks the scope '{Access.Scopes.Word(scope)}'. {because}");
        }
    }
}
