namespace LifelongApi.Contracts.Learning;

/// <summary>A rectangle of the input of an encoder, over all its channels. Where the input is no image: a run of numbers, in row 0.</summary>
public sealed record InputRegion
{
    /// <summary>First row, from 0 at the top.</summary>
    public required int Row { get; init; }

    /// <summary>First column, from 0 at the left.</summary>
    public required int Column { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Columns.</summary>
    public required int Width { get; init; }
}
