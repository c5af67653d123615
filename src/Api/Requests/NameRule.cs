using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>Names of models, streams, tasks and keys: <c>^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$</c>.</summary>
internal static class NameRule
{
    /// <summary>Longest name.</summary>
    public const int MaxLength = 128;

    /// <summary>What a name must look like.</summary>
    public const string Hint = "A name has 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-', and begins with a letter or digit.";

    /// <summary>Whether a text is a name.</summary>
    public static bool IsName(string text)
    {
        if (text.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks a name.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public static void Require(string? text, string field)
    {
        if (text is null || !IsName(text))
        {
            throw ProblemException.Invalid(field, Hint);
        }
    }
}
