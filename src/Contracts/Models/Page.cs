namespace LifelongApi.Contracts.Models;

/// <summary>One page of a listing.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record Page<T>
{
    /// <summary>The rows of this page.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Give it as <c>pageToken</c> for what follows; null at the end.</summary>
    public string? NextPageToken { get; init; }
}
