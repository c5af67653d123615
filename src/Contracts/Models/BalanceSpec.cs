namespace LifelongApi.Contracts.Models;

/// <summary>Class-balanced learning: examples of rare classes weigh more, those of frequent ones less. Only for target kind <c>label</c>.</summary>
public sealed record BalanceSpec
{
    /// <summary>Most by which a weight is multiplied or divided, 1 … 1000.</summary>
    public float Limit { get; init; } = 10f;
}
