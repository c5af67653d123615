namespace LifelongApi.Api.Access;

/// <summary>What a key may do.</summary>
[Flags]
internal enum Scope
{
    None = 0,

    /// <summary>Ask models.</summary>
    Predict = 1,

    /// <summary>Teach models and mark tasks.</summary>
    Learn = 2,

    /// <summary>Look at models, streams, metrics, versions and history.</summary>
    Read = 4,

    /// <summary>Everything: create and delete models, versions and keys.</summary>
    Admin = 8 | Predict | Learn | Read,
}

/// <summary>The scope that an endpoint needs; as endpoint metadata.</summary>
/// <param name="Scope">The scope.</param>
internal sealed record RequiredScope(Scope Scope);

/// <summary>Scopes as words.</summary>
internal static class Scopes
{
    private static readonly char[] Separators = [' ', ',', ';'];

    /// <summary>Makes an endpoint, or a group of them, answer to keys with a scope only.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, Scope scope)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new RequiredScope(scope));

    /// <summary>Reads words separated by spaces or commas; false where one is none of <c>predict learn read admin</c>, or there is none.</summary>
    public static bool TryParse(string? text, out Scope scopes)
    {
        scopes = Scope.None;
        foreach (var word in (text ?? "").Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var scope = word switch
            {
                "predict" => Scope.Predict,
                "learn" => Scope.Learn,
                "read" => Scope.Read,
                "admin" => Scope.Admin,
                _ => Scope.None,
            };
            if (scope == Scope.None)
            {
                scopes = Scope.None;
                return false;
            }

            scopes |= scope;
        }

        return scopes != Scope.None;
    }

    /// <summary>The word of one scope.</summary>
    public static string Word(Scope scope) => scope switch
    {
        Scope.Predict => "predict",
        Scope.Learn => "learn",
        Scope.Read => "read",
        _ => "admin",
    };
}
