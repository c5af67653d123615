namespace LifelongApi.Storage;

/// <summary>
/// The database could not be reached or the connection was lost. Of an append it is then unknown whether it was committed:
/// the host takes a new epoch and reads the tail (docs/journal.md 4).
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was tried.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was tried.</param>
    /// <param name="inner">What the provider said.</param>
    public StoreUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
