namespace LifelongApi.Learning;

/// <summary>A model spec that cannot be compiled: every mistake with its field and the fix.</summary>
public sealed class SpecException : Exception
{
    /// <summary>Creates the exception.</summary>
    public SpecException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public SpecException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="inner">Cause.</param>
    public SpecException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="errors">At least one mistake.</param>
    public SpecException(IReadOnlyList<SpecError> errors)
        : base(string.Join(" ", errors.Select(error => $"{error.Field}: {error.Message}"))) => Errors = errors;

    /// <summary>The mistakes, in the order of the spec.</summary>
    public IReadOnlyList<SpecError> Errors { get; } = [];
}

/// <summary>One mistake in a spec.</summary>
/// <param name="Field">Path in the JSON, e.g. <c>network.projections[1].rule.ridge</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public readonly record struct SpecError(string Field, string Message);
