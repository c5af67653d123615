using System.Text.RegularExpressions;

namespace LifelongApi.Api.Hosting;

/// <summary>Names of models, streams and tasks.</summary>
internal static partial class ResourceName
{
    /// <summary>Refuses a name that does not fit.</summary>
    /// <param name="field">Field the name came in.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="ProblemException">400 with the field and the fix.</exception>
    public static void Check(string field, string? name)
    {
        if (name is null || !Pattern().IsMatch(name))
        {
            throw ProblemException.Invalid(field, "A name begins with a letter or digit and has 1 to 128 letters, digits, dots, underscores and hyphens (A-Z a-z 0-9 . _ -).");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
