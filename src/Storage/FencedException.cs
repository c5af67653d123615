namespace LifelongApi.Storage;

/// <summary>Another host has taken a newer epoch of the stream: this one must not write any more (docs/journal.md 16). Nothing was written.</summary>
public sealed class FencedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public FencedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Stream and epochs.</param>
    public FencedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Stream and epochs.</param>
    /// <param name="inner">Cause.</param>
    public FencedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
