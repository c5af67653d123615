using System.Numerics;

namespace LifelongApi.Api.Requests;

/// <summary>A set of 64-bit keys that is emptied in constant time, so that one instance serves many events without allocating.</summary>
internal sealed class SeenKeys
{
    private ulong[] _keys = new ulong[64];
    private int[] _stamps = new int[64];
    private int _stamp;
    private int _count;

    /// <summary>Forgets all keys.</summary>
    public void Clear()
    {
        _count = 0;
        if (_stamp == int.MaxValue)
        {
            Array.Clear(_stamps);
            _stamp = 0;
        }

        _stamp++;
    }

    /// <summary>Adds a key; false where it is there already. Call <see cref="Clear"/> before the first.</summary>
    public bool Add(ulong key)
    {
        if ((_count + 1) * 2 > _keys.Length)
        {
            Grow();
        }

        var place = Place(key);
        if (_stamps[place] == _stamp)
        {
            return false;
        }

        _stamps[place] = _stamp;
        _keys[place] = key;
        _count++;
        return true;
    }

    private int Place(ulong key)
    {
        // Fibonacci hashing spreads consecutive indices over the table.
        var place = (int)((key * 0x9E3779B97F4A7C15UL) >> (64 - BitOperations.Log2((uint)_keys.Length)));
        while (_stamps[place] == _stamp && _keys[place] != key)
        {
            place = (place + 1) & (_keys.Length - 1);
        }

        return place;
    }

    private void Grow()
    {
        var (keys, stamps) = (_keys, _stamps);
        _keys = new ulong[keys.Length * 2];
        _stamps = new int[keys.Length * 2];
        for (var i = 0; i < keys.Length; i++)
        {
            if (stamps[i] == _stamp)
            {
                var place = Place(keys[i]);
                _keys[place] = keys[i];
                _stamps[place] = _stamp;
            }
        }
    }
}
