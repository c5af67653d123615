namespace LifelongApi.Learning.Projections;

/// <summary>
/// A grid of cells over the places of patches, and what share a place has in each cell's mean; the shares of a cell sum to 1.
/// Apart, cell = ⌊place · cells / places⌋ along each axis. Overlapping, a place at x counts max(0, 1 − |x − c| / w) for a cell with centre c = (cell + ½) w − ½, w = places / cells,
/// along each axis: for up to four cells, by how near their centres are (the linear interpolation of Dalal and Triggs 2005).
/// </summary>
public sealed class PoolingGrid
{
    private readonly int[] _starts;
    private readonly int[] _cells;
    private readonly float[] _shares;

    /// <summary>Lays the grid.</summary>
    /// <param name="down">Places along the height.</param>
    /// <param name="across">Places along the width.</param>
    /// <param name="cells">Cells per side.</param>
    /// <param name="overlap">Whether neighbouring cells overlap.</param>
    public PoolingGrid(int down, int across, int cells, bool overlap)
    {
        var (rows, columns) = (Along(down, cells, overlap), Along(across, cells, overlap));
        var pairs = Enumerable.Range(0, down * across).SelectMany(place => Enumerable.Range(0, cells * cells)
            .Select(cell => (Place: place, Cell: cell, Share: (float)(rows[place / across, cell / cells] * columns[place % across, cell % cells]))))
            .Where(pair => pair.Share > 0f).ToArray();
        _cells = [.. pairs.Select(pair => pair.Cell)];
        _shares = [.. pairs.Select(pair => pair.Share)];
        _starts = new int[(down * across) + 1];
        foreach (var (place, _, _) in pairs)
        {
            _starts[place + 1]++;
        }

        for (var place = 0; place < down * across; place++)
        {
            _starts[place + 1] += _starts[place];
        }
    }

    /// <summary>The cells that a place counts for.</summary>
    /// <param name="place">Number of the place, by rows.</param>
    /// <returns>Shape [1 … 4].</returns>
    public ReadOnlySpan<int> Cells(int place) => _cells.AsSpan(_starts[place].._starts[place + 1]);

    /// <summary>Its shares in them, in the same order.</summary>
    /// <param name="place">Number of the place, by rows.</param>
    /// <returns>Shape [1 … 4].</returns>
    public ReadOnlySpan<float> Shares(int place) => _shares.AsSpan(_starts[place].._starts[place + 1]);

    private static double[,] Along(int places, int cells, bool overlap)
    {
        var shares = new double[places, cells];
        var width = (double)places / cells;
        for (var cell = 0; cell < cells; cell++)
        {
            var sum = 0d;
            for (var place = 0; place < places; place++)
            {
                shares[place, cell] = overlap
                    ? Math.Max(0d, 1d - (Math.Abs(place - (((cell + 0.5) * width) - 0.5)) / width))
                    : place * cells / places == cell ? 1d : 0d;
                sum += shares[place, cell];
            }

            for (var place = 0; place < places; place++)
            {
                shares[place, cell] /= sum;
            }
        }

        return shares;
    }
}
